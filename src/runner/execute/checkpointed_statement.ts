/**
 * Commits a statement of a non-transactional migration together with the update that counts it, so
 * that the count is exact after an interruption.
 *
 * The server runs several statements in one message as one transaction. A statement that cannot run in
 * a transaction with others is sent by itself and counted afterwards.
 *
 * @module
 */

import type { PipelineResult } from "../../connection/session/session.ts";
import { timeLimits } from "../../connection/session/begin_statement.ts";
import type { Statement } from "../../definition/migration/definition.ts";
import { type Attempt, recordNotCheckpointed, recordProgress } from "../../history/attempt.ts";
import { isCheckpointed } from "../../plan/diagnosis.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import { assertFence, fenceLost, lockFence } from "../context/fence.ts";
import { runInternalTransaction } from "../context/internal_transaction.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";

/** active_sql_transaction: the statement cannot run in a transaction with others. */
const NOT_TOGETHER = "25001";

/**
 * division_by_zero, and in a transaction with a snapshot of its own serialization_failure: another run has
 * raised the fence, or it is an error of the statement itself.
 */
export const PERHAPS_FENCED: ReadonlySet<string> = new Set(["22012", "40001"]);

/** One statement and its attempt in the history. */
export interface CheckpointedStatement {
  readonly attempt: Attempt;
  /** The id of the attempt's row. */
  readonly id: string;
  readonly statement: Statement;
  readonly sql: string;
  /** 0-based index in the script. */
  readonly index: number;
}

/**
 * Sets a statement's timeouts, in milliseconds, and reads the role that it will run as.
 *
 * @param timeouts.outlives The statement goes on in the server after this process is killed. Then hours
 * of a concurrent build are not lost: the next run waits for it and takes its index.
 */
export async function setTimeouts(
  context: RunContext,
  timeouts: { readonly lock: number; readonly statement: number; readonly outlives: boolean },
): Promise<SessionRole> {
  const { work } = context;
  const checks = timeouts.outlives ? [] : context.clientChecks;
  // These limit each transaction of a concurrent build, too.
  const settings = [
    "standard_conforming_strings = on",
    ...timeLimits(work.server, timeouts),
    ...checks,
  ];
  const { rows: [row] } = await raceWithLock(
    context,
    work.query(
      `${settings.map((setting) => `SET ${setting}`).join("; ")};
      SELECT SESSION_USER AS session_user, pg_catalog.current_setting('role') AS role`,
    ),
  );
  return { sessionUser: row?.["session_user"] ?? "", role: row?.["role"] ?? "none" };
}

/** The current user and role of a session. */
export interface SessionRole {
  readonly sessionUser: string;
  /** `none`, or the role of the last SET ROLE. */
  readonly role: string;
}

/**
 * Sends one statement.
 *
 * @param roles.sessionRole The statement runs as this role.
 * @param roles.own Migrator's own rows are written as this role.
 * @returns The result, with error positions relative to the statement; and whether the statement was
 * counted in the transaction that committed it.
 * @throws {Failure} `lock/*`, `connection/lost`, `interrupted/*`.
 */
export async function sendCheckpointed(
  context: RunContext,
  checkpointedStatement: CheckpointedStatement,
  { sessionRole, own }: { readonly sessionRole: SessionRole; readonly own: SessionRole },
): Promise<{ readonly result: PipelineResult; readonly counted: boolean }> {
  const { work, history, fence: number } = context;
  const { attempt, id, statement, sql, index } = checkpointedStatement;
  if (!isCheckpointed(statement)) {
    return {
      result: await raceWithLock(context, work.pipeline([sql], { rowsFrom: 1 })),
      counted: false,
    };
  }
  const count = [assertFence(history, number), recordProgress(attempt, id, index + 1)];
  const prefix = [...withOwnRole(count, { sessionRole, own }), ""].join(";\n");
  const result = await raceWithLock(context, work.pipeline([prefix + sql], { rowsFrom: 1 }));
  if (result.ok) return { result, counted: true };
  const { sqlstate } = result.error;
  if (PERHAPS_FENCED.has(sqlstate)) await assertNotFenced(context);
  if (sqlstate !== NOT_TOGETHER) {
    return { result: withoutPrefix(result, [...prefix].length), counted: true };
  }
  const mark = recordNotCheckpointed(attempt, id, index + 1);
  await raceWithLock(context, runInternalTransaction(work, [mark], { history, number }));
  return {
    result: await raceWithLock(context, work.pipeline([sql], { rowsFrom: 1 })),
    counted: false,
  };
}

/** Runs statements as migrator's own role, and then restores the role that the migration has set. */
function withOwnRole(
  statements: readonly string[],
  { sessionRole, own }: { readonly sessionRole: SessionRole; readonly own: SessionRole },
): readonly string[] {
  const isSameRole = sessionRole.sessionUser === own.sessionUser && sessionRole.role === own.role;
  if (isSameRole) return statements;
  return [
    "SET LOCAL SESSION AUTHORIZATION DEFAULT",
    "SET LOCAL role = DEFAULT",
    ...statements,
    ...(sessionRole.sessionUser === own.sessionUser
      ? []
      : [`SET LOCAL SESSION AUTHORIZATION ${quoteIdentifier(sessionRole.sessionUser)}`]),
    `SET LOCAL role = ${quoteLiteral(sessionRole.role)}`,
  ];
}

/** @throws {Failure} `lock/fenced`. */
export async function assertNotFenced({ work, history, fence }: RunContext): Promise<void> {
  const { rows } = await work.query(lockFence(history, fence));
  if (rows.length === 0) throw fenceLost(history.database);
}

function withoutPrefix(
  result: PipelineResult & { readonly ok: false },
  length: number,
): PipelineResult {
  const { position, ...error } = result.error;
  const isInside = position !== undefined && position > length;
  return { ...result, error: { ...error, ...(isInside ? { position: position - length } : {}) } };
}

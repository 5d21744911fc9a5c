/**
 * Statements outside transactions that can nevertheless be committed together with the row that
 * counts them, so that after a cut the count is the truth.
 *
 * Several statements in one message are one transaction to the server. What cannot be part of one is
 * sent by itself, and counted afterwards.
 *
 * @module
 */

import type { PipelineResult } from "../../connection/session/session.ts";
import type { Statement } from "../../definition/migration/definition.ts";
import { type Attempt, recordNotCheckpointed, recordProgress } from "../../history/attempt.ts";
import { isCheckpointed } from "../../plan/diagnosis.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import { assertFence, fenceLost, lockFence } from "../context/fence.ts";
import { runInternalTransaction } from "../context/own_transaction.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";

/** active_sql_transaction: the server does not run this one in a transaction with others. */
const NOT_TOGETHER = "25001";

/** division_by_zero: the fence has fallen, or the statement divides. */
const PERHAPS_FENCED = "22012";

/** One statement and its place in the history. */
export interface CheckpointedStatement {
  readonly attempt: Attempt;
  /** Of the attempt's row. */
  readonly id: string;
  readonly statement: Statement;
  readonly sql: string;
  /** 0-based. */
  readonly index: number;
}

/**
 * Sets the timeouts that a statement is to have, and learns as whom it will run.
 *
 * @param timeouts.outlives It goes on in the server when we are killed: a concurrent build of hours
 * is no loss then, because the next run waits for it and takes what it made.
 */
export async function setTimeouts(
  context: RunContext,
  timeouts: { readonly lock: number; readonly statement: number; readonly outlives: boolean },
): Promise<SessionRole> {
  const { work } = context;
  const checks = timeouts.outlives ? [] : context.clientChecks;
  const { rows: [row] } = await raceWithLock(
    context,
    work.query(
      `SET standard_conforming_strings = on; SET lock_timeout = ${timeouts.lock}; SET statement_timeout = ${timeouts.statement}; ` +
        // It would count for each of the transactions that a concurrent build is made of.
        (work.server.version >= 170000 ? "SET transaction_timeout = 0; " : "") +
        checks.map((setting) => `SET ${setting}; `).join("") +
        "SELECT SESSION_USER AS session_user, pg_catalog.current_setting('role') AS role",
    ),
  );
  return { sessionUser: row?.["session_user"] ?? "", role: row?.["role"] ?? "none" };
}

/** As whom a session speaks at the moment. */
export interface SessionRole {
  readonly sessionUser: string;
  /** `none`, or what SET ROLE said. */
  readonly role: string;
}

/**
 * Sends one statement.
 *
 * @param identity What the statement is to run as; `own` is what our rows are written as.
 * @returns Whether it is counted when it is done. Positions of errors count in the statement alone.
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
  const prefix = [...asOurselves(count, { sessionRole, own }), ""].join(";\n");
  const result = await raceWithLock(context, work.pipeline([prefix + sql], { rowsFrom: 1 }));
  if (result.ok) return { result, counted: true };
  const { sqlstate } = result.error;
  if (sqlstate === PERHAPS_FENCED) await refuseFenced(context);
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

/** A migration may have set a role that may not write our rows; it has it back for its statement. */
function asOurselves(
  statements: readonly string[],
  { sessionRole, own }: { readonly sessionRole: SessionRole; readonly own: SessionRole },
): readonly string[] {
  const isOurs = sessionRole.sessionUser === own.sessionUser && sessionRole.role === own.role;
  if (isOurs) return statements;
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

async function refuseFenced({ work, history, fence }: RunContext): Promise<void> {
  const { rows } = await work.query(lockFence(history, fence));
  if (rows.length === 0) throw fenceLost(history.database);
}

function withoutPrefix(
  outcome: PipelineResult & { readonly ok: false },
  length: number,
): PipelineResult {
  const { position, ...error } = outcome.error;
  const isInside = position !== undefined && position > length;
  return { ...outcome, error: { ...error, ...(isInside ? { position: position - length } : {}) } };
}

/**
 * Statements outside transactions that can nevertheless be committed together with the row that
 * counts them, so that after a cut the count is the truth.
 *
 * Several statements in one message are one transaction to the server. What cannot be part of one is
 * sent by itself, and counted afterwards.
 *
 * @module
 */

import type { Outcome } from "../connection/session.ts";
import type { Statement } from "../definition/definition.ts";
import { type Attempt, recordProgress, recordUncounted } from "../history/attempt.ts";
import { isCounted } from "../plan/diagnosis.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { assertFence, fenced, holdFence } from "./fence.ts";
import { inOwnTransaction } from "./own_transaction.ts";
import { guarded, type RunContext } from "./run_context.ts";

/** active_sql_transaction: the server does not run this one in a transaction with others. */
const NOT_TOGETHER = "25001";

/** division_by_zero: the fence has fallen, or the statement divides. */
const PERHAPS_FENCED = "22012";

/** One statement and its place in the history. */
export interface Counting {
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
): Promise<Identity> {
  const { work } = context;
  const checks = timeouts.outlives ? [] : context.clientChecks;
  const { rows: [row] } = await guarded(
    context,
    work.query(
      `SET lock_timeout = ${timeouts.lock}; SET statement_timeout = ${timeouts.statement}; ` +
        // It would count for each of the transactions that a concurrent build is made of.
        (work.server.version >= 170000 ? "SET transaction_timeout = 0; " : "") +
        checks.map((setting) => `SET ${setting}; `).join("") +
        "SELECT SESSION_USER AS session_user, pg_catalog.current_setting('role') AS role",
    ),
  );
  return { sessionUser: row?.["session_user"] ?? "", role: row?.["role"] ?? "none" };
}

/** As whom a session speaks at the moment. */
export interface Identity {
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
export async function sendCounted(
  context: RunContext,
  counting: Counting,
  { identity, own }: { readonly identity: Identity; readonly own: Identity },
): Promise<{ readonly outcome: Outcome; readonly counted: boolean }> {
  const { work, history, fence: number } = context;
  const { attempt, id, statement, sql, index } = counting;
  if (!isCounted(statement)) {
    return { outcome: await guarded(context, work.pipeline([sql])), counted: false };
  }
  const count = [assertFence(history, number), recordProgress(attempt, id, index + 1)];
  const prefix = [...asOurselves(count, { identity, own }), ""].join(";\n");
  const outcome = await guarded(context, work.pipeline([prefix + sql]));
  if (outcome.ok) return { outcome, counted: true };
  const { sqlstate } = outcome.error;
  if (sqlstate === PERHAPS_FENCED) await refuseFenced(context);
  if (sqlstate !== NOT_TOGETHER) {
    return { outcome: withoutPrefix(outcome, [...prefix].length), counted: true };
  }
  const mark = recordUncounted(attempt, id, index + 1);
  await guarded(context, inOwnTransaction(work, [mark], { history, number }));
  return { outcome: await guarded(context, work.pipeline([sql])), counted: false };
}

/** A migration may have set a role that may not write our rows; it has it back for its statement. */
function asOurselves(
  statements: readonly string[],
  { identity, own }: { readonly identity: Identity; readonly own: Identity },
): readonly string[] {
  const isOurs = identity.sessionUser === own.sessionUser && identity.role === own.role;
  if (isOurs) return statements;
  return [
    "SET LOCAL SESSION AUTHORIZATION DEFAULT",
    "SET LOCAL role = DEFAULT",
    ...statements,
    ...(identity.sessionUser === own.sessionUser
      ? []
      : [`SET LOCAL SESSION AUTHORIZATION ${quoteIdentifier(identity.sessionUser)}`]),
    `SET LOCAL role = ${quoteLiteral(identity.role)}`,
  ];
}

async function refuseFenced({ work, history, fence }: RunContext): Promise<void> {
  const { rows } = await work.query(holdFence(history, fence));
  if (rows.length === 0) throw fenced(history.database);
}

function withoutPrefix(outcome: Outcome & { readonly ok: false }, length: number): Outcome {
  const { position, ...error } = outcome.error;
  const isInside = position !== undefined && position > length;
  return { ...outcome, error: { ...error, ...(isInside ? { position: position - length } : {}) } };
}

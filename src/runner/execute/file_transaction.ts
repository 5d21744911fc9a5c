/**
 * Runs a transaction that a migration's file asks for, and commits it together with the update that
 * counts its statements.
 *
 * Nothing of migrator's comes before its statements, because some must be the first of their
 * transaction. So the fence is locked behind them: another run that raises it either waits for this
 * COMMIT, or is seen here, and then everything is rolled back.
 *
 * @module
 */

import type { PipelineResult } from "../../connection/session/session.ts";
import type { FileTransaction } from "../../definition/migration/definition.ts";
import { type Attempt, recordProgress } from "../../history/attempt.ts";
import { assertFence } from "../context/fence.ts";
import { runInternalTransaction } from "../context/internal_transaction.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";
import { assertNotFenced, PERHAPS_FENCED } from "./checkpointed_statement.ts";
import { IDLE_LIMIT } from "./begin_transaction.ts";

/**
 * What migrator writes its rows with, whatever the statements have set. A message of its own: the server
 * reads a message in the `client_encoding` that holds when it arrives.
 */
const OUR_SETTINGS = `SET LOCAL SESSION AUTHORIZATION DEFAULT;
  SET LOCAL role = DEFAULT;
  SET LOCAL client_encoding = 'UTF8';
  SET LOCAL standard_conforming_strings = on;
  SET LOCAL statement_timeout = 0`;

/** A transaction of a file and its attempt in the history. */
export interface RunningTransaction {
  readonly attempt: Attempt;
  /** The id of the attempt's row. */
  readonly id: string;
  readonly transaction: FileTransaction;
  /** Its statements, in order. */
  readonly sql: readonly string[];
}

/**
 * Runs it. When something is refused, nothing of it stays.
 *
 * @returns With the index of the refused message: a statement, or, behind the statements, what counts
 * and commits them.
 * @throws {Failure} `lock/*`, `connection/lost`, `interrupted/*`.
 */
export async function runFileTransaction(
  context: RunContext,
  { attempt, id, transaction: { modes = "", end, isRolledBack }, sql }: RunningTransaction,
): Promise<PipelineResult> {
  const { work, history, fence: number } = context;
  const begin = `BEGIN ${modes};
    SET LOCAL idle_in_transaction_session_timeout = ${IDLE_LIMIT}`;
  // Answered first: if a cancel request hit BEGIN, the statements would commit one by one.
  await raceWithLock(context, work.query(begin));
  const count = recordProgress(attempt, id, end);
  const ending = isRolledBack
    ? ["ROLLBACK"]
    : [OUR_SETTINGS, [assertFence(history, number), count, "COMMIT"].join(";\n")];
  const result = await raceWithLock(
    context,
    work.pipeline([...sql, ...ending], { rowsFrom: sql.length }),
  );
  if (!result.ok) {
    await raceWithLock(context, work.query("ROLLBACK"));
    const isOfFence = result.failed > sql.length && PERHAPS_FENCED.has(result.error.sqlstate);
    if (isOfFence) await assertNotFenced(context);
  } else if (isRolledBack) {
    await raceWithLock(context, runInternalTransaction(work, [count], { history, number }));
  }
  return result;
}

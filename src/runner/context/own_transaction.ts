/**
 * Transactions of our own: the few rows that a run writes outside a migration's transaction.
 *
 * @module
 */

import { type Row, type Session, SqlError } from "../../connection/session/session.ts";
import type { HistoryName } from "../../history/history_name.ts";
import { assertFence, fenceLost } from "./fence.ts";

/**
 * What a session may have been left with must not decide where our rows go, or whether. It has it
 * back afterwards: outside transactions a role lasts from statement to statement.
 */
function ownSettings({ server }: Session): string {
  return "SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL role = DEFAULT; " +
    "SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL lock_timeout = '10s'; " +
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0" +
    (server.version >= 170000 ? "; SET LOCAL transaction_timeout = 0" : "");
}

/** Settings that a commit needs to be on disk when it returns; levels of replication are kept. */
export function synchronousCommit(session: Session): string {
  const found = session.server.synchronousCommit;
  return `SET LOCAL synchronous_commit = ${found === "off" ? "on" : found}`;
}

/** Opens a transaction of ours, to be committed synchronously. */
function opening(session: Session): readonly string[] {
  const begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
  return [begin, ownSettings(session), synchronousCommit(session)];
}

/**
 * Runs statements in a transaction of ours and leaves it open: the caller commits it, or rolls it back,
 * also where this throws.
 *
 * @returns The rows of the last statement that returned any.
 * @throws {SqlError} What the server refused.
 */
export async function openOwnTransaction(
  session: Session,
  statements: readonly string[],
): Promise<readonly Row[]> {
  const { rows } = await session.query([...opening(session), ...statements].join(";\n"));
  return rows;
}

/**
 * Runs statements as one transaction in one round trip, committed synchronously.
 *
 * @param fence Asserted first; undefined for what comes before there is one.
 * @returns The rows of the last statement that returned any.
 * @throws {SqlError} after rolling back.
 * @throws {Failure} `lock/fenced`, `connection/lost`.
 */
export async function runInternalTransaction(
  session: Session,
  statements: readonly string[],
  fence?: { readonly history: HistoryName; readonly number: bigint },
): Promise<readonly Row[]> {
  const asserted = fence ? [assertFence(fence.history, fence.number)] : [];
  const result = await session.pipeline([
    [...opening(session), ...asserted, ...statements, "COMMIT"].join(";\n"),
  ]);
  if (!result.ok) {
    if (!session.isLost) await session.query("ROLLBACK");
    if (fence && result.error.sqlstate === "22012") throw fenceLost(fence.history.database);
    throw new SqlError(result.error);
  }
  return result.answers[0]?.rows ?? [];
}

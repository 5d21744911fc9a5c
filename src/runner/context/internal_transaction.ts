/**
 * Migrator's own transactions: they write the few rows that a run writes outside a migration's
 * transaction.
 *
 * @module
 */

import { type Row, type Session, SqlError } from "../../connection/session/session.ts";
import type { HistoryName } from "../../history/history_name.ts";
import { assertFence, fenceLost } from "./fence.ts";

/**
 * Settings under which migrator writes its own rows, whatever role, search_path or timeouts a migration
 * has left in the session. They are local: a non-transactional migration gets its own settings back.
 */
function ownSettings({ server }: Session): string {
  return `SET LOCAL SESSION AUTHORIZATION DEFAULT;
    SET LOCAL role = DEFAULT;
    SET LOCAL search_path = pg_catalog, pg_temp;
    SET LOCAL lock_timeout = '10s';
    SET LOCAL statement_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0${
    server.version >= 170000 ? ";\n    SET LOCAL transaction_timeout = 0" : ""
  }`;
}

/** Makes a commit wait until it is on disk; a `synchronous_commit` other than `off` is kept. */
export function synchronousCommit(session: Session): string {
  const found = session.server.synchronousCommit;
  return `SET LOCAL synchronous_commit = ${found === "off" ? "on" : found}`;
}

/** Statements that open one of migrator's own transactions, to be committed synchronously. */
function opening(session: Session): readonly string[] {
  const begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
  return [begin, ownSettings(session), synchronousCommit(session)];
}

/**
 * Runs statements in one of migrator's own transactions and leaves it open. The caller commits it or
 * rolls it back, also when this throws.
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
 * @param fence Asserted first; undefined before the run has raised the fence.
 * @returns The rows of the last statement that returned any.
 * @throws {SqlError} What the server refused, after a rollback.
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

/**
 * Migrator's own transactions: they write the few rows that a run writes outside a migration's
 * transaction.
 *
 * @module
 */

import { type Row, type Session, SqlError } from "../../connection/session/session.ts";
import {
  beginStatement,
  SAFE_SEARCH_PATH,
  timeLimits,
} from "../../connection/session/begin_statement.ts";
import { sendTransaction } from "../../connection/session/transaction.ts";
import type { HistoryName } from "../../history/history_name.ts";
import { assertFence, fenceLost } from "./fence.ts";

/** division_by_zero: how `assertFence` fails. */
const FENCED = "22012";

/** Makes a commit wait until it is on disk; a `synchronous_commit` other than `off` is kept. */
export function synchronousCommit({ server }: Session): string {
  const found = server.synchronousCommit;
  return `synchronous_commit = ${found === "off" ? "on" : found}`;
}

/**
 * Opens one of migrator's own transactions, whatever role, search_path or timeouts a migration has left in
 * the session. All of it is local: a non-transactional migration gets its own settings back.
 */
function begin(session: Session): string {
  return beginStatement("READ COMMITTED READ WRITE", [
    "SESSION AUTHORIZATION DEFAULT",
    "role = DEFAULT",
    SAFE_SEARCH_PATH,
    ...timeLimits(session.server, { statement: 0, lock: 10_000, idle: 0 }),
    synchronousCommit(session),
  ]);
}

/**
 * Runs statements in one of migrator's own transactions and leaves it open. The caller commits it or
 * rolls it back, also when this throws.
 *
 * @returns The rows of the last statement that returned any.
 * @throws {SqlError} What the server refused.
 */
export async function openInternalTransaction(
  session: Session,
  statements: readonly string[],
): Promise<readonly Row[]> {
  const { rows } = await session.query([begin(session), ...statements].join(";\n"));
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
  try {
    const { rows } = await sendTransaction(session, [begin(session), ...asserted, ...statements]);
    return rows;
  } catch (error) {
    const isFenced = error instanceof SqlError && error.server.sqlstate === FENCED;
    if (fence && isFenced) throw fenceLost(fence.history.database);
    throw error;
  }
}

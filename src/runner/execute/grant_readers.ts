/**
 * Grants the configured readers the privileges that they lack.
 *
 * @module
 */

import { SqlError } from "../../connection/session/session.ts";
import { grantReading } from "../../history/readers.ts";
import type { History, ReaderPrivileges } from "../../history/history.ts";
import { runInternalTransaction } from "../context/internal_transaction.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";

/** The readers whose missing privileges this run can grant. */
export function grantableReaders({ readers = [] }: History): readonly ReaderPrivileges[] {
  return readers.filter(({ problem }) => problem === "not-granted");
}

/**
 * Grants the readers their privileges in a separate transaction. A refusal of the server is reported and
 * does not stop the run: migrations do not depend on readers.
 *
 * @throws {Failure} `lock/*`, `connection/lost`, `interrupted/*`.
 */
export async function grantReaders(context: RunContext, found: History): Promise<void> {
  const readers = grantableReaders(found);
  if (readers.length === 0) return;
  const { work, history, fence, report } = context;
  const roles = readers.map(({ role }) => role);
  const ownFence = { history, number: fence };
  const reportReaders = (refused: string | null) =>
    report({ type: "readers", database: history.database, roles, refused });
  try {
    const granting = runInternalTransaction(work, grantReading(history.schema, readers), ownFence);
    await raceWithLock(context, granting);
    reportReaders(null);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    reportReaders(`${error.server.message} (SQLSTATE ${error.server.sqlstate})`);
  }
}

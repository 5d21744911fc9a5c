/**
 * Grants readers what they lack.
 *
 * @module
 */

import { SqlError } from "../../connection/session/session.ts";
import { grantReading } from "../../history/readers.ts";
import type { History, ReaderPrivileges } from "../../history/history.ts";
import { runInternalTransaction } from "../context/own_transaction.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";

/** Those to whom this run can grant what they lack. */
export function grantableReaders({ readers = [] }: History): readonly ReaderPrivileges[] {
  return readers.filter(({ problem }) => problem === "not-granted");
}

/**
 * Lets the readers read, in a transaction of its own. That the server refuses it is told and keeps no
 * migration from being run: who may look is no matter of the schema's.
 *
 * @throws {Failure} `lock/*`, `connection/lost`, `interrupted/*`.
 */
export async function grantReaders(context: RunContext, found: History): Promise<void> {
  const readers = grantableReaders(found);
  if (readers.length === 0) return;
  const { work, history, fence, report } = context;
  const roles = readers.map(({ role }) => role);
  const own = { history, number: fence };
  const tell = (refused: string | null) =>
    report({ type: "readers", database: history.database, roles, refused });
  try {
    const granting = runInternalTransaction(work, grantReading(history.schema, readers), own);
    await raceWithLock(context, granting);
    tell(null);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    tell(`${error.server.message} (SQLSTATE ${error.server.sqlstate})`);
  }
}

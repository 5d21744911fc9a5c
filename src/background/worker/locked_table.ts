/**
 * A scanned table that another session has locked: the migration is held, and says so.
 *
 * @module
 */

import { SqlError } from "../../connection/session/session.ts";
import type { StoredMigration } from "../state/rows.ts";
import { hold } from "./hold.ts";
import type { WorkerContext } from "./worker_context.ts";

/** Another session holds a lock on the scanned table, so no batch can be created. */
export class TableLocked extends Error {
  readonly migration: StoredMigration;

  constructor(migration: StoredMigration, cause: SqlError) {
    super(cause.message, { cause });
    this.migration = migration;
  }
}

/** Milliseconds after which a migration whose table was locked is tried again. */
const LOCKED_HOLD = 5_000;

/** Holds the migration, so that `list` and `show` say what it waits for. */
export async function holdForLock(
  context: WorkerContext,
  { migration }: TableLocked,
): Promise<undefined> {
  const { table } = migration.declaration;
  await hold(context, migration, {
    reason: `another session holds a lock on ${table} that keeps it from being read`,
    holdFor: LOCKED_HOLD,
    isOverdue: false,
  });
}

/** Whether a statement ran into its lock_timeout. */
export function isLockTimeout(error: unknown): error is SqlError {
  return error instanceof SqlError && error.server.sqlstate === "55P03";
}

// Pure.
/**
 * Returns the work session to its initial state after a migration.
 *
 * A session that keeps its backend is reset between transactions. Behind a transaction pooler that
 * would reset another client's backend, so there the reset is part of the migration's transaction.
 * Migrations that visibly change the session for longer were refused before the run.
 *
 * @module
 */

import type { RunContext } from "../context/run_context.ts";

/** Whether the work session keeps its backend. */
type SessionAffinity = Pick<RunContext, "keepsBackend">;

/** Messages that reset the session between transactions; may be none. */
export function resetMessages({ keepsBackend }: SessionAffinity): readonly string[] {
  return keepsBackend ? ["DISCARD ALL"] : [];
}

/** Messages that roll back the open transaction, if any, and reset the session. */
export function rollbackMessages(context: SessionAffinity): readonly string[] {
  return ["ROLLBACK", ...resetMessages(context)];
}

/** Statements for the end of a migration's transaction, before migrator's own settings; may be none. */
export function resetStatements({ keepsBackend }: SessionAffinity): readonly string[] {
  if (keepsBackend) return [];
  return [
    "DISCARD TEMPORARY",
    "RESET search_path",
    "RESET lock_timeout",
    "RESET statement_timeout",
  ];
}

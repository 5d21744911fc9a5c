// Pure.
/**
 * Leaving the work session as it was opened, whatever a migration set in it.
 *
 * A session that keeps its backend is cleaned between transactions. Behind a pooler that may give it
 * another backend each time, that would hit somebody else's: there it is done inside the transaction,
 * and what sets anything for longer in plain sight was refused before the run.
 *
 * @module
 */

import type { RunContext } from "../context/run_context.ts";

/** What is known of the work session's backend. */
type Pinning = Pick<RunContext, "keepsBackend">;

/** Messages for between transactions. */
export function resetMessages({ keepsBackend }: Pinning): readonly string[] {
  return keepsBackend ? ["DISCARD ALL"] : [];
}

/** Messages that give up a transaction, if there is one. */
export function rollbackMessages(context: Pinning): readonly string[] {
  return ["ROLLBACK", ...resetMessages(context)];
}

/** Statements for the end of a migration's transaction, before our own settings; may be none. */
export function resetStatements({ keepsBackend }: Pinning): string {
  if (keepsBackend) return "";
  return "DISCARD TEMPORARY; RESET search_path; RESET lock_timeout; RESET statement_timeout; ";
}

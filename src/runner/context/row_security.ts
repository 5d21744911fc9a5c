// Pure.
/**
 * Protects migrations from row level security.
 *
 * With FORCE ROW LEVEL SECURITY the policies of a table also hide rows from its owner. An UPDATE of all
 * rows then skips them and succeeds, and the migration would be recorded as applied.
 *
 * @module
 */

import type { RunOptions } from "./run_context.ts";

/** The value of `row_security` for a migration: `off` makes such a statement an error (42501). */
export function rowSecurityOf({ rowSecurity = "refuse" }: Pick<RunOptions, "rowSecurity">): string {
  return rowSecurity === "refuse" ? "off" : "on";
}

/** The server's message for that error. */
const AFFECTED = /row-level security policy for table "(.+)"/;

/**
 * The hint for a statement refused because of row level security; undefined for other errors.
 *
 * @param message The message of an error 42501.
 */
export function rowSecurityHint(message: string): string | undefined {
  const [, table] = AFFECTED.exec(message) ?? [];
  return table === undefined
    ? undefined
    : `Row level security of table ${table} hides rows from this role, so that the statement would ` +
      "change only a part of them. Migrate as a role that it does not bind: one with BYPASSRLS, or " +
      "the table's owner without FORCE ROW LEVEL SECURITY. Where a part is what is wanted: " +
      "`rowSecurity: apply` in migrator.yaml, or SET LOCAL row_security = on in the migration";
}

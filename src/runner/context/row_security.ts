// Pure.
/**
 * Row level security and migrations.
 *
 * A policy of a table with FORCE ROW LEVEL SECURITY hides rows from the owner as well. An UPDATE of all
 * rows then changes none of them and succeeds, and the migration would be recorded as applied.
 *
 * @module
 */

import type { RunOptions } from "./run_context.ts";

/** The value of `row_security` for a migration: `off` makes such a statement an error (42501). */
export function rowSecurityOf({ rowSecurity = "refuse" }: Pick<RunOptions, "rowSecurity">): string {
  return rowSecurity === "refuse" ? "off" : "on";
}

/** The server's words for that error. */
const AFFECTED = /row-level security policy for table "(.+)"/;

/**
 * What helps where a statement was refused because of it; undefined for other refusals.
 *
 * @param message Of an error with 42501.
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

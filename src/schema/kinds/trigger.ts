// Pure.
/**
 * Triggers, also constraint triggers. Those that enforce a foreign key belong to it.
 *
 * @module
 */

import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember } from "../model/reading.ts";
import { harmless } from "../model/repair_statement.ts";
import type { SchemaObject } from "../model/schema.ts";

/** When a trigger or a rule fires; absent: as it usually does. */
export type Enabled = "always" | "replica" | "disabled";

export interface Trigger extends SchemaObject {
  readonly kind: "trigger";
  /** Qualified. */
  readonly table: string;
  /** As pg_get_triggerdef() gives it. */
  readonly definition: string;
  readonly enabled?: Enabled;
}

/** SQL for `Enabled` of a column with PostgreSQL's letters. */
export function enabledState(column: string): string {
  return `CASE ${column} WHEN 'A' THEN 'always' WHEN 'R' THEN 'replica' WHEN 'D' THEN 'disabled' END`;
}

/** `ENABLE ALWAYS`, as ALTER TABLE says it before TRIGGER or RULE. */
export function enabledWords(enabled: Enabled | undefined): string {
  if (enabled === undefined) return "ENABLE";
  return enabled === "disabled" ? "DISABLE" : `ENABLE ${enabled.toUpperCase()}`;
}

export const triggerKind: Kind<Trigger> = {
  kind: "trigger",
  query: ({ schemas }) =>
    `SELECT g.tableoid AS class, g.oid, json_strip_nulls(json_build_object(
      'name', g.tgname, 'table', format('%I.%I', n.nspname, c.relname),
      'definition', pg_get_triggerdef(g.oid), 'enabled', ${enabledState("g.tgenabled")})) AS object
    FROM pg_trigger AS g JOIN pg_class AS c ON c.oid = g.tgrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
    -- A partitioned table's trigger gives each partition one of its own.
    WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND c.relnamespace IN ${schemas}
      AND ${isNoMember("pg_class", "c.oid")} AND ${isNoMember("pg_trigger", "g.oid")}`,
  printed: ["definition"],
  address: ({ name, table }) => `TRIGGER ${quoteIfNeeded(name)} ON ${table}`,
  alter: (actual, expected) =>
    actual.definition === expected.definition
      ? [harmless(
        `ALTER TABLE ${expected.table} ${enabledWords(expected.enabled)} TRIGGER ${
          quoteIfNeeded(expected.name)
        }`,
      )]
      : undefined,
  create: ({ name, table, definition, enabled }) => [
    definition,
    ...(enabled === undefined
      ? []
      : [`ALTER TABLE ${table} ${enabledWords(enabled)} TRIGGER ${quoteIfNeeded(name)}`]),
  ],
};

// Pure.
/**
 * Rewrite rules, but for those that make a view of a relation.
 *
 * @module
 */

import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember } from "../model/reading.ts";
import { harmless } from "../model/repair_statement.ts";
import type { SchemaObject } from "../model/schema.ts";
import { type Enabled, enabledState, enabledWords } from "./trigger.ts";

export interface Rule extends SchemaObject {
  readonly kind: "rule";
  /** Qualified; a view can have rules too. */
  readonly table: string;
  /** As pg_get_ruledef() gives it, without the semicolon at its end. */
  readonly definition: string;
  readonly enabled?: Enabled;
}

export const ruleKind: Kind<Rule> = {
  kind: "rule",
  query: ({ schemas }) =>
    `SELECT r.tableoid AS class, r.oid, json_strip_nulls(json_build_object(
      'name', r.rulename, 'table', format('%I.%I', n.nspname, c.relname),
      'definition', rtrim(pg_get_ruledef(r.oid), '; '), 'enabled', ${enabledState("r.ev_enabled")}
    )) AS object
    FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE r.rulename <> '_RETURN' AND c.relnamespace IN ${schemas}
      AND ${isNoMember("pg_class", "c.oid")}`,
  printed: ["definition"],
  address: ({ name, table }) => `RULE ${quoteIfNeeded(name)} ON ${table}`,
  alter: (actual, expected) =>
    actual.definition === expected.definition
      ? [harmless(
        `ALTER TABLE ${expected.table} ${enabledWords(expected.enabled)} RULE ${
          quoteIfNeeded(expected.name)
        }`,
      )]
      : undefined,
  create: ({ name, table, definition, enabled }) => [
    definition,
    ...(enabled === undefined
      ? []
      : [`ALTER TABLE ${table} ${enabledWords(enabled)} RULE ${quoteIfNeeded(name)}`]),
  ],
};

// Pure.
/**
 * What triggers and rules have in common: they belong to a relation, and may be disabled.
 *
 * @module
 */

import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "./kind.ts";
import { harmless } from "./repair_statement.ts";
import type { SchemaObject } from "./schema.ts";

/** When it fires; absent: as it usually does. */
export type Enabled = "always" | "replica" | "disabled";

/** A trigger or a rule. */
export interface Firing extends SchemaObject {
  /** The qualified name of its relation. */
  readonly table: string;
  /** The statement that creates it, as the server prints it; without a semicolon at its end. */
  readonly definition: string;
  readonly enabled?: Enabled;
}

/** SQL for `Enabled` of a column with PostgreSQL's letters. */
export function enabledState(column: string): string {
  return `CASE ${column} WHEN 'A' THEN 'always' WHEN 'R' THEN 'replica' WHEN 'D' THEN 'disabled' END`;
}

/**
 * How it is named, created and altered.
 *
 * @param word The kind, as ALTER TABLE names it.
 */
export function firingKind<T extends Firing>(
  word: "RULE" | "TRIGGER",
): Pick<Kind<T>, "printed" | "address" | "alter" | "create"> {
  const enable = ({ name, table, enabled }: T) =>
    `ALTER TABLE ${table} ${enabledWords(enabled)} ${word} ${quoteIfNeeded(name)}`;
  return {
    printed: ["definition"],
    address: ({ name, table }) => `${word} ${quoteIfNeeded(name)} ON ${table}`,
    alter: (actual, expected) =>
      actual.definition === expected.definition ? [harmless(enable(expected))] : undefined,
    create: (object) => [
      object.definition,
      ...(object.enabled === undefined ? [] : [enable(object)]),
    ],
  };
}

/** `ENABLE ALWAYS`, as ALTER TABLE says it before the kind. */
export function enabledWords(enabled: Enabled | undefined): string {
  if (enabled === undefined) return "ENABLE";
  return enabled === "disabled" ? "DISABLE" : `ENABLE ${enabled.toUpperCase()}`;
}

// Pure.
/**
 * What turns a table's column into another one of the same name.
 *
 * @module
 */

import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import { type Column, columnDefinition, columnSettings, storageOptions } from "../model/columns.ts";
import type { WritingContext } from "../model/kind.ts";
import type { Default } from "./default.ts";
import type { Table } from "../model/table.ts";
import { harmful, harmless, type RepairStatement } from "../model/repair_statement.ts";
import { sameValue } from "../model/same_value.ts";

/** Whether a parent declares the column: then it is changed there. */
export function isBelow(table: Table, column: Column): boolean {
  return table.partitionOf !== undefined || column.origin !== undefined;
}

/** With its default, so that rows that exist get it too. */
export function addColumn(
  table: Table,
  column: Column,
  context: WritingContext,
): readonly RepairStatement[] {
  const alter = alterOf(table);
  const expression = defaultOf(table, column, context)?.expression;
  const definition = columnDefinition(column) +
    (expression === undefined ? "" : ` DEFAULT ${expression}`);
  const add = `${alter} ADD COLUMN ${definition}`;
  return [
    // Whether the default is the same for all rows, only the server knows.
    column.generated === "stored" ? harmful(add, "rewrite") : harmless(add),
    ...columnSettings(alter, [column]).map(harmless),
  ];
}

export function alterColumn(
  table: Table,
  { actual, expected }: { readonly actual: Column; readonly expected: Column },
  context: WritingContext,
): readonly RepairStatement[] {
  if (isBelow(table, expected)) return changedColumnSettings(table, actual, expected);
  if (actual.generated !== expected.generated || actual.expression !== expected.expression) {
    return changedGeneration(table, { actual, expected }, context);
  }
  return [
    ...changedType(table, { actual, expected }, context),
    ...changedNotNull(table, actual, expected),
    ...changedColumnSettings(table, actual, expected),
  ];
}

function alterOf(table: Table): string {
  return `ALTER ${table.kind.toUpperCase()} ${quoteQualifiedIfNeeded(table)}`;
}

function defaultOf(table: Table, column: Column, { find }: WritingContext): Default | undefined {
  const address = `DEFAULT OF ${quoteQualifiedIfNeeded(table)}.${quoteIfNeeded(column.name)}`;
  return find(address) as Default | undefined;
}

/** Only a stored column can stop to be generated and keep its values. */
function changedGeneration(
  table: Table,
  { actual, expected }: { readonly actual: Column; readonly expected: Column },
  context: WritingContext,
): readonly RepairStatement[] {
  const alter = alterOf(table);
  const name = quoteIfNeeded(expected.name);
  if (expected.generated === undefined && actual.generated === "stored") {
    return [harmless(`${alter} ALTER COLUMN ${name} DROP EXPRESSION`)];
  }
  const drop = `${alter} DROP COLUMN ${name}`;
  return [
    actual.generated === undefined ? harmful(drop, "loss") : harmless(drop),
    ...addColumn(table, expected, context),
  ];
}

function changedType(
  table: Table,
  { actual, expected }: { readonly actual: Column; readonly expected: Column },
  context: WritingContext,
): readonly RepairStatement[] {
  if (actual.type === expected.type && actual.collation === expected.collation) return [];
  const name = quoteIfNeeded(expected.name);
  const alter = `${alterOf(table)} ALTER COLUMN ${name}`;
  const collation = expected.collation === undefined ? "" : ` COLLATE ${expected.collation}`;
  const change = `${alter} TYPE ${expected.type}${collation} USING ${name}::${expected.type}`;
  const initial = defaultOf(table, expected, context);
  return [
    // The server would cast the default, and refuse where it cannot.
    harmless(`${alter} DROP DEFAULT`),
    isWider(actual, expected) ? harmless(change) : harmful(change, "rewrite", "loss"),
    ...(initial === undefined ? [] : [harmless(`${alter} SET DEFAULT ${initial.expression}`)]),
  ];
}

/** A longer varchar, or text instead of it, is only noted in the catalog. */
function isWider(actual: Column, expected: Column): boolean {
  if (actual.collation !== expected.collation) return false;
  const [, before] = /^character varying(?:\((\d+)\))?$/.exec(actual.type) ?? [];
  if (!actual.type.startsWith("character varying")) return false;
  if (expected.type === "text" || expected.type === "character varying") return true;
  const [, after] = /^character varying\((\d+)\)$/.exec(expected.type) ?? [];
  return before !== undefined && after !== undefined && Number(after) >= Number(before);
}

/** SET NOT NULL reads the whole table, unless a valid CHECK says the same. */
function changedNotNull(
  table: Table,
  actual: Column,
  expected: Column,
): readonly RepairStatement[] {
  const name = quoteIfNeeded(expected.name);
  const alter = alterOf(table);
  const [before, after] = [actual.notNullConstraint, expected.notNullConstraint];
  if (actual.notNull && expected.notNull) {
    return before?.name === after?.name ? [] : [
      harmless(
        `${alter} RENAME CONSTRAINT ${
          quoteIfNeeded(before?.name ?? usualName(table, expected))
        } TO ${quoteIfNeeded(after?.name ?? usualName(table, expected))}`,
      ),
    ];
  }
  if (!expected.notNull) {
    return actual.notNull ? [harmless(`${alter} ALTER COLUMN ${name} DROP NOT NULL`)] : [];
  }
  const check = quoteIfNeeded(`${table.name}_${expected.name}_not_null_check`.slice(0, 60));
  if (table.kind === "foreign table") {
    return [harmless(`${alter} ALTER COLUMN ${name} SET NOT NULL`)];
  }
  return [
    harmless(`${alter} ADD CONSTRAINT ${check} CHECK (${name} IS NOT NULL) NOT VALID`),
    harmless(`${alter} VALIDATE CONSTRAINT ${check}`),
    harmless(
      after?.name === undefined
        ? `${alter} ALTER COLUMN ${name} SET NOT NULL`
        : `${alter} ADD CONSTRAINT ${quoteIfNeeded(after.name)} NOT NULL ${name}`,
    ),
    harmless(`${alter} DROP CONSTRAINT ${check}`),
  ];
}

/** The name that NOT NULL gets by itself, from PostgreSQL 18. */
function usualName(table: Table, column: Column): string {
  return `${table.name}_${column.name}_not_null`;
}

function changedColumnSettings(
  table: Table,
  actual: Column,
  expected: Column,
): readonly RepairStatement[] {
  const alter = `${alterOf(table)} ALTER COLUMN ${quoteIfNeeded(expected.name)}`;
  const changed = (field: keyof Column) => !sameValue(actual[field], expected[field]);
  const statements: string[] = [];
  if (changed("storage") && expected.storage === undefined) {
    statements.push(`${alter} SET STORAGE DEFAULT`);
  }
  if (changed("storage") && expected.storage !== undefined) {
    statements.push(`${alter} SET STORAGE ${expected.storage.toUpperCase()}`);
  }
  if (changed("compression")) {
    statements.push(`${alter} SET COMPRESSION ${expected.compression ?? "default"}`);
  }
  if (changed("statistics")) {
    statements.push(`${alter} SET STATISTICS ${expected.statistics ?? -1}`);
  }
  if (changed("options")) {
    const gone = Object.keys(actual.options ?? {}).filter((option) =>
      !(option in (expected.options ?? {}))
    );
    if (gone.length > 0) statements.push(`${alter} RESET (${gone.join(", ")})`);
    if (expected.options) statements.push(`${alter} SET (${storageOptions(expected.options)})`);
  }
  return statements.map(harmless);
}

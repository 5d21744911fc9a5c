// Pure.
/**
 * What turns a table into another one of the same name.
 *
 * @module
 */

import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import { addColumn, alterColumn, isBelow } from "./alter_column.ts";
import { storageOptions } from "../model/columns.ts";
import type { Alteration, WritingContext } from "../model/kind.ts";
import type { Table } from "../model/table.ts";
import { harmful, harmless, type RepairStatement } from "../model/repair_statement.ts";
import { sameValue } from "../model/same_value.ts";

/** Columns that a parent declares are changed with the parent. */
export function alterTable(actual: Table, expected: Table, context: WritingContext): Alteration {
  const byHand = whyByHand(actual, expected);
  if (byHand !== undefined) return { byHand };
  const name = quoteQualifiedIfNeeded(expected);
  const alter = `ALTER ${expected.kind.toUpperCase()} ${name}`;
  const [before, after] = [actual.columns ?? [], expected.columns ?? []];
  const dropped = before.filter((column) => !after.some((other) => other.name === column.name));
  return [
    ...leaving(actual, expected),
    ...dropped.filter((column) => !isBelow(actual, column)).map((column) =>
      harmful(`${alter} DROP COLUMN ${quoteIfNeeded(column.name)}`, "loss")
    ),
    ...after.flatMap((column) => {
      const old = before.find((other) => other.name === column.name);
      if (old === undefined) {
        return isBelow(expected, column) ? [] : addColumn(expected, column, context);
      }
      return alterColumn(expected, { actual: old, expected: column }, context);
    }),
    ...changedSettings(actual, expected),
    ...joining(actual, expected),
  ];
}

function whyByHand(actual: Table, expected: Table): string | undefined {
  if (actual.partitionBy !== expected.partitionBy) {
    return "A table that exists cannot be partitioned in another way: make a new one, and move the rows.";
  }
  if (!sameValue(actual.foreign?.server, expected.foreign?.server)) {
    return "A foreign table cannot be moved to another server: drop it, and create it again.";
  }
  const becomesInherited = expected.columns?.some(({ name, origin }) =>
    origin === "inherited" &&
    actual.columns?.some((column) => column.name === name && column.origin !== "inherited")
  );
  return becomesInherited
    ? "A column that a table declares itself cannot become one that only its parent declares: drop the " +
      "column and inherit again, or keep it."
    : undefined;
}

/** Before its columns are changed, a table leaves what it should not be a part of. */
function leaving(actual: Table, expected: Table): readonly RepairStatement[] {
  const name = quoteQualifiedIfNeeded(expected);
  const [before, after] = [actual.partitionOf, expected.partitionOf];
  return [
    ...(before === undefined || sameValue(before, after)
      ? []
      : [harmless(`ALTER TABLE ${before.table} DETACH PARTITION ${name}`)]),
    ...(actual.inherits ?? []).filter((parent) => !expected.inherits?.includes(parent)).map((
      parent,
    ) => harmless(`ALTER TABLE ${name} NO INHERIT ${parent}`)),
  ];
}

function joining(actual: Table, expected: Table): readonly RepairStatement[] {
  const name = quoteQualifiedIfNeeded(expected);
  const [before, after] = [actual.partitionOf, expected.partitionOf];
  return [
    ...(expected.inherits ?? []).filter((parent) => !actual.inherits?.includes(parent)).map((
      parent,
    ) => harmless(`ALTER TABLE ${name} INHERIT ${parent}`)),
    ...(after === undefined || sameValue(before, after) ? [] : [
      harmful(`ALTER TABLE ${after.table} ATTACH PARTITION ${name} ${after.bound}`, "scan"),
    ]),
  ];
}

function changedSettings(actual: Table, expected: Table): readonly RepairStatement[] {
  const alter = `ALTER TABLE ${quoteQualifiedIfNeeded(expected)}`;
  const changed = (field: keyof Table) => !sameValue(actual[field], expected[field]);
  const statements: RepairStatement[] = [];
  if (changed("ofType")) {
    statements.push(harmless(`${alter} ${expected.ofType ? `OF ${expected.ofType}` : "NOT OF"}`));
  }
  if (changed("unlogged")) {
    statements.push(
      harmful(`${alter} SET ${expected.unlogged ? "UNLOGGED" : "LOGGED"}`, "rewrite"),
    );
  }
  if (changed("accessMethod")) {
    const method = quoteIfNeeded(expected.accessMethod ?? "heap");
    statements.push(harmful(`${alter} SET ACCESS METHOD ${method}`, "rewrite"));
  }
  if (changed("tablespace")) {
    const tablespace = quoteIfNeeded(expected.tablespace ?? "pg_default");
    statements.push(harmful(`${alter} SET TABLESPACE ${tablespace}`, "rewrite"));
  }
  if (changed("options")) statements.push(...changedOptions(actual, expected));
  if (changed("rowSecurity")) {
    statements.push(
      harmless(`${alter} ${expected.rowSecurity ? "ENABLE" : "DISABLE"} ROW LEVEL SECURITY`),
    );
  }
  if (changed("forceRowSecurity")) {
    const words = expected.forceRowSecurity ? "FORCE" : "NO FORCE";
    statements.push(harmless(`${alter} ${words} ROW LEVEL SECURITY`));
  }
  if (changed("replicaIdentity")) {
    const identity = expected.replicaIdentity?.toUpperCase() ?? "DEFAULT";
    statements.push(
      harmless(`ALTER TABLE ONLY ${quoteQualifiedIfNeeded(expected)} REPLICA IDENTITY ${identity}`),
    );
  }
  return statements;
}

function changedOptions(actual: Table, expected: Table): readonly RepairStatement[] {
  const alter = `ALTER TABLE ${quoteQualifiedIfNeeded(expected)}`;
  const gone = Object.keys(actual.options ?? {}).filter((option) =>
    !(option in (expected.options ?? {}))
  );
  return [
    ...(gone.length === 0 ? [] : [harmless(`${alter} RESET (${gone.join(", ")})`)]),
    ...(expected.options === undefined
      ? []
      : [harmless(`${alter} SET (${storageOptions(expected.options)})`)]),
  ];
}

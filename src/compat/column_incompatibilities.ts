// Pure.
/**
 * What changed about the columns of a relation, seen by a release that uses them.
 *
 * @module
 */

import type { Difference, FieldDifference } from "../schema/compare_schemas.ts";
import type { Default } from "../schema/kinds/default.ts";
import { addressOf } from "../schema/kinds.ts";
import type { View } from "../schema/kinds/view.ts";
import type { Column } from "../schema/model/columns.ts";
import type { SchemaObject } from "../schema/model/schema.ts";
import type { Table } from "../schema/model/table.ts";
import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../sql/quote_if_needed.ts";
import type { Incompatibility } from "./incompatibility.ts";
import type { SchemaPair } from "./schema_pair.ts";

type Changed = Extract<Difference, { readonly change: "different" }>;

/** Findings about columns that are gone, changed or newly required. */
export function columnIncompatibilities(
  { expected, fields }: Changed,
  pair: SchemaPair,
): readonly Incompatibility[] {
  return fields.flatMap((field) =>
    field.column === undefined ? [] : ofColumn(expected, { field, column: field.column }, pair)
  );
}

function ofColumn(
  relation: SchemaObject,
  { field, column }: { readonly field: FieldDifference; readonly column: string },
  pair: SchemaPair,
): readonly Incompatibility[] {
  const object = addressOf(relation);
  const whole = `columns.${column}`;
  if (field.field === whole && field.actual === undefined) return [columnGone(object, column)];
  if (field.field === whole) {
    return isRequired(relation, field.actual as Column, pair)
      ? [newlyRequired(object, column)]
      : [];
  }
  switch (field.field.slice(whole.length + 1)) {
    case "type":
      return [
        typeChanged(object, { column, from: String(field.expected), to: String(field.actual) }),
      ];
    case "notNull":
      return field.actual !== true ? [] : [{
        code: "value-required",
        severity: "may-break",
        object,
        what: `column ${column} must not be NULL now`,
        consequence: "A statement that writes NULL to it, or leaves it out, fails.",
      }];
    case "generated":
      return field.actual === undefined ? [] : [{
        code: "value-required",
        severity: "may-break",
        object,
        what: `column ${column} is generated now`,
        consequence: "A statement that writes to it fails.",
      }];
    default:
      return [];
  }
}

/** Whether an INSERT has to name a new column. */
function isRequired(relation: SchemaObject, column: Column, { newer }: SchemaPair): boolean {
  if (relation.kind !== "table" || !column.notNull || column.generated !== undefined) return false;
  const table = quoteQualifiedIfNeeded(relation as Table);
  return ![...newer.values()].some((object) => {
    if (object.kind === "default") {
      return (object as Default).table === table && object.name === column.name;
    }
    const { ownedBy } = object as {
      readonly ownedBy?: {
        readonly table: string;
        readonly column: string;
        readonly identity?: string;
      };
    };
    return ownedBy?.identity !== undefined && ownedBy.table === table &&
      ownedBy.column === column.name;
  });
}

/**
 * Findings about a table in whose place there is a view or a partitioned or foreign table now; undefined
 * when nothing has its name.
 */
export function replacementIncompatibilities(
  table: Table,
  { newer }: SchemaPair,
): readonly Incompatibility[] | undefined {
  const name = quoteQualifiedIfNeeded(table);
  const found = ["VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE"]
    .map((kind) => newer.get(`${kind} ${name}`)).find((object) => object !== undefined);
  if (found === undefined) return undefined;
  const columns = new Map((found as View).columns.map((column) => [column.name, column]));
  const object = addressOf(table);
  const changes = (table.columns ?? []).flatMap((column) => {
    const now = columns.get(column.name);
    if (now === undefined) return [columnGone(object, column.name)];
    if (now.type === column.type) return [];
    return [typeChanged(object, { column: column.name, from: column.type, to: now.type })];
  });
  return [{
    code: "view-instead-of-table",
    severity: "may-break",
    object,
    what: `a ${found.kind} has its name now`,
    consequence:
      "INSERT … ON CONFLICT, TRUNCATE, LOCK and foreign keys fail; writes fail unless the " +
      "view can be updated.",
  }, ...changes];
}

function columnGone(object: string, column: string): Incompatibility {
  return {
    code: "column-gone",
    severity: "breaks",
    object,
    what: `column ${quoteIfNeeded(column)} is gone, or has another name`,
    consequence: "Every statement that names it fails.",
  };
}

function newlyRequired(object: string, column: string): Incompatibility {
  return {
    code: "value-required",
    severity: "breaks",
    object,
    what: `column ${quoteIfNeeded(column)} is new, must not be NULL and has no default`,
    consequence: "Every INSERT that does not know it fails.",
  };
}

function typeChanged(
  object: string,
  { column, from, to }: { readonly column: string; readonly from: string; readonly to: string },
): Incompatibility {
  return {
    code: "type-changed",
    severity: "may-break",
    object,
    what: `column ${quoteIfNeeded(column)} is ${to} now, and was ${from}`,
    consequence: "A release that relies on the old type may fail or lose data.",
  };
}

// Pure.
/**
 * Compares the schema that a release was made for with a newer one.
 *
 * @module
 */

import type { Difference } from "../schema/compare_schemas.ts";
import { compareSchemas } from "../schema/compare_schemas.ts";
import { addressOf } from "../schema/kinds.ts";
import type { Constraint } from "../schema/kinds/constraint.ts";
import type { Default } from "../schema/kinds/default.ts";
import type { Enum } from "../schema/kinds/enum.ts";
import type { Routine } from "../schema/kinds/function.ts";
import type { Sequence } from "../schema/kinds/sequence.ts";
import type { Index } from "../schema/kinds/table_index.ts";
import type { Schema, SchemaObject } from "../schema/model/schema.ts";
import { quoteIfNeeded } from "../sql/quote_if_needed.ts";
import type { Table } from "../schema/model/table.ts";
import {
  columnIncompatibilities,
  replacementIncompatibilities,
} from "./column_incompatibilities.ts";
import type { Incompatibility } from "./incompatibility.ts";
import { lostPrivileges } from "./lost_privileges.ts";
import type { SchemaPair } from "./schema_pair.ts";

/** Kinds that statements name. */
const NAMED: ReadonlySet<string> = new Set([
  "schema",
  "extension",
  "table",
  "foreign table",
  "view",
  "materialized view",
  "sequence",
  "function",
  "aggregate",
  "operator",
  "enum",
  "composite type",
  "base type",
  "range",
  "domain",
  "collation",
  "text search configuration",
  "text search dictionary",
  "cast",
]);

/**
 * Finds what a release that was made for `older` relies on and does not find in `newer`, in the order of the
 * older schema's objects. What is only added is no finding, unless it restricts what was there.
 */
export function findIncompatibilities(older: Schema, newer: Schema): readonly Incompatibility[] {
  const pair: SchemaPair = { older: byAddress(older), newer: byAddress(newer) };
  return compareSchemas(older, newer).flatMap((difference) => [
    ...ofDifference(difference, pair),
    ...lostPrivileges(difference),
  ]);
}

function byAddress({ objects }: Schema): ReadonlyMap<string, SchemaObject> {
  return new Map(objects.map((object) => [addressOf(object), object]));
}

function ofDifference(difference: Difference, pair: SchemaPair): readonly Incompatibility[] {
  switch (difference.change) {
    case "missing":
      return ofMissing(difference.expected, pair);
    case "extra":
      return ofExtra(difference.actual, pair);
    case "different":
      return [
        ...columnIncompatibilities(difference, pair),
        ...ofChanged(difference.expected, difference.actual),
      ];
  }
}

function ofMissing(object: SchemaObject, pair: SchemaPair): readonly Incompatibility[] {
  const address = addressOf(object);
  if (object.kind === "table") {
    const found = replacementIncompatibilities(object as Table, pair);
    if (found !== undefined) return found;
  }
  if (NAMED.has(object.kind)) {
    // The sequence of a column goes with it.
    if (object.kind === "sequence" && isOwnedByGone(object as Sequence, pair)) return [];
    return [{
      code: "object-gone",
      severity: "breaks",
      object: address,
      what: "it is gone, or has another name",
      consequence: "Every statement that names it fails.",
    }];
  }
  if (isUnique(object) && hasTable(object, pair)) {
    return [{
      code: "conflict-target-gone",
      severity: "may-break",
      object: address,
      what: "it does not make values unique any more",
      consequence: "INSERT … ON CONFLICT with its columns fails.",
    }];
  }
  if (object.kind === "default") return ofLostDefault(object as Default, pair);
  return [];
}

function isOwnedByGone({ ownedBy }: Sequence, { newer }: SchemaPair): boolean {
  if (ownedBy === undefined) return false;
  const table = newer.get(`TABLE ${ownedBy.table}`) as Table | undefined;
  return !(table?.columns ?? []).some(({ name }) => name === ownedBy.column);
}

function isUnique(object: SchemaObject): object is Constraint | Index {
  if (object.kind === "index") return (object as Index).definition.startsWith("CREATE UNIQUE");
  if (object.kind !== "constraint") return false;
  const { type } = object as Constraint;
  return type === "primary key" || type === "unique" || type === "exclusion";
}

function hasTable({ table }: { readonly table?: string }, { newer }: SchemaPair): boolean {
  return newer.has(`TABLE ${table}`);
}

function ofLostDefault(
  { table, name }: Default,
  { newer }: SchemaPair,
): readonly Incompatibility[] {
  const columns = (newer.get(`TABLE ${table}`) as Table | undefined)?.columns ?? [];
  const column = columns.find((one) => one.name === name);
  if (column?.notNull === undefined || column.generated !== undefined) return [];
  const isIdentity = [...newer.values()].some((object) => {
    const { ownedBy } = object as Sequence;
    return object.kind === "sequence" && ownedBy?.identity !== undefined &&
      ownedBy.table === table && ownedBy.column === name;
  });
  return isIdentity ? [] : [{
    code: "value-required",
    severity: "may-break",
    object: `TABLE ${table}`,
    what: `column ${name} has no default any more, and must not be NULL`,
    consequence: "An INSERT that leaves it out fails.",
  }];
}

/** What is new on a table, type or domain that the release knows. */
function ofExtra(object: SchemaObject, { older, newer }: SchemaPair): readonly Incompatibility[] {
  if (object.kind === "constraint") {
    const { table, domain, type, definition } = object as Constraint;
    const owner = table === undefined ? `DOMAIN ${domain}` : `TABLE ${table}`;
    if (!concernsKnown(definition, older.get(owner))) return [];
    return [{
      code: "value-restricted",
      severity: "may-break",
      object: owner,
      what: `${type} constraint ${object.name} is new: ${definition}`,
      consequence: "What it forbids can be written no more.",
    }];
  }
  if (object.kind === "index" && isUnique(object)) {
    const { table, definition } = object as Index;
    const owner = `TABLE ${table}`;
    return !concernsKnown(definition, older.get(owner)) ? [] : [{
      code: "value-restricted",
      severity: "may-break",
      object: owner,
      what: `unique index ${object.name} is new`,
      consequence: "Values that it holds already can be written no more.",
    }];
  }
  if (object.kind === "sequence") return ofNewIdentity(object as Sequence, { older, newer });
  return [];
}

/** Whether a definition names a column that was there before. A domain has none, and is concerned. */
function concernsKnown(definition: string, owner: SchemaObject | undefined): boolean {
  if (owner === undefined) return false;
  const { columns } = owner as Table;
  const words = new Set(definition.match(/"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []);
  return columns === undefined || columns.some(({ name }) => words.has(quoteIfNeeded(name)));
}

function ofNewIdentity({ ownedBy }: Sequence, { older }: SchemaPair): readonly Incompatibility[] {
  if (ownedBy?.identity !== "always") return [];
  const table = older.get(`TABLE ${ownedBy.table}`) as Table | undefined;
  if (!table?.columns?.some(({ name }) => name === ownedBy.column)) return [];
  return [{
    code: "value-required",
    severity: "may-break",
    object: `TABLE ${ownedBy.table}`,
    what: `column ${ownedBy.column} is GENERATED ALWAYS AS IDENTITY now`,
    consequence: "An INSERT that gives it a value fails.",
  }];
}

function ofChanged(expected: SchemaObject, actual: SchemaObject): readonly Incompatibility[] {
  const object = addressOf(expected);
  if (expected.kind === "enum") {
    const labels = new Set((actual as Enum).labels);
    return (expected as Enum).labels.filter((label) => !labels.has(label)).map((label) => ({
      code: "label-gone",
      severity: "breaks",
      object,
      what: `value '${label}' is gone, or has another name`,
      consequence: "Every statement that uses it fails.",
    }));
  }
  if (expected.kind === "function") {
    const [before, after] = [expected, actual].map((one) => resultOf(one as Routine));
    return before === after ? [] : [{
      code: "type-changed",
      severity: "breaks",
      object,
      what: `it returns ${after ?? "nothing"} now, and returned ${before ?? "nothing"}`,
      consequence: "A caller that expects the old result fails.",
    }];
  }
  const { rowSecurity, forceRowSecurity } = actual as Table;
  const before = expected as Table;
  if (rowSecurity && !before.rowSecurity || forceRowSecurity && !before.forceRowSecurity) {
    return [{
      code: "rows-hidden",
      severity: "may-break",
      object,
      what: "row level security is on now",
      consequence: "A role that no policy names sees no rows.",
    }];
  }
  return [];
}

/** As pg_get_functiondef() writes it, on a line of its own. */
function resultOf({ definition }: Routine): string | undefined {
  return /^ RETURNS (.*)$/m.exec(definition)?.[1];
}

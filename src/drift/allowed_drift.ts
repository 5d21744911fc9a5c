// Pure.
/**
 * What may differ from the migrations: what the project's settings allow, and what the product itself
 * makes at run time.
 *
 * @module
 */

import type { Difference, FieldDifference } from "../schema/compare_schemas.ts";
import { addressOf, columnAddress, ownSchema } from "../schema/kinds.ts";
import type { InSchema, Schema, SchemaObject } from "../schema/model/schema.ts";
import type { IsTakenOver } from "../schema/take_over.ts";

/** An object with the fields by which it belongs to others. */
type Part = SchemaObject & {
  readonly table?: string;
  readonly ownedBy?: { readonly table: string; readonly column: string };
  readonly partitionOf?: { readonly table: string };
};

/** What a part of an object is called in patterns; other fields by their own name. */
const FACETS: Readonly<Record<string, string>> = {
  owner: "OWNER OF",
  granted: "PRIVILEGES ON",
  revoked: "PRIVILEGES ON",
  comment: "COMMENT ON",
};

/**
 * Whether a pattern allows a difference. A pattern is matched against the whole address of an object, of
 * its column (`COLUMN public.orders.note`), or of one thing about it (`PRIVILEGES ON TABLE public.orders`);
 * `*` stands for any characters, and case does not matter. What allows a table, a column or a schema
 * allows what belongs to it.
 */
export function allowedBy(patterns: readonly string[]): IsTakenOver {
  if (patterns.length === 0) return () => false;
  const wanted = patterns.map(patternExpression);
  const matches = (label: string) => wanted.some((pattern) => pattern.test(label));
  return (difference, field) => {
    const object = "actual" in difference ? difference.actual : difference.expected;
    return [...ownersOf(object), ...fieldLabels(difference, field)].some(matches);
  };
}

function patternExpression(pattern: string): RegExp {
  const text = pattern.trim().split("*").map((part) =>
    part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/\s+/g, "\\s+")
  ).join(".*");
  return new RegExp(`^${text}$`, "is");
}

/** The object itself, and what it belongs to. */
function ownersOf(object: SchemaObject): readonly string[] {
  const { table, ownedBy, kind, name } = object as Part;
  const relations = [table, ownedBy?.table].filter((one) => one !== undefined);
  const column = kind === "default" ? name : ownedBy?.column;
  return [
    addressOf(object),
    ...relations.flatMap((relation) => [
      ...RELATIONS.map((kind) => `${kind} ${relation}`),
      ...(column === undefined ? [] : [`COLUMN ${relation}.${column}`]),
    ]),
    ownSchema(object) ?? schemaOf(relations[0]) ?? "",
  ];
}

const RELATIONS = ["TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW"];

/** `SCHEMA audit` of `audit.log`. */
function schemaOf(relation: string | undefined): string | undefined {
  const name = relation === undefined
    ? undefined
    : /^("(?:[^"]|"")*"|[^."]+)\./.exec(relation)?.[1];
  return name === undefined ? undefined : `SCHEMA ${name}`;
}

function fieldLabels(
  { address, ...difference }: Difference,
  field: FieldDifference | undefined,
): readonly string[] {
  if (field === undefined || difference.change !== "different") return [];
  const { column } = field;
  if (column === undefined) return [`${FACETS[field.field] ?? `${field.field} OF`} ${address}`];
  const whole = columnAddress(difference.actual as SchemaObject & InSchema, column);
  const part = field.field.slice(`columns.${column}.`.length);
  return [whole, `${FACETS[part] ?? `${part} OF`} ${whole}`];
}

/**
 * Whether a difference is a partition that migrations did not make, of a table that they made, or belongs
 * to such a partition: programs add partitions as time goes by.
 */
export function madeAtRunTime(expected: Schema, actual: Schema): IsTakenOver {
  const wanted = new Set(expected.objects.map(addressOf));
  const parents = new Map<string, string>();
  for (const object of actual.objects as readonly Part[]) {
    if (object.partitionOf === undefined) continue;
    parents.set(addressOf(object).replace(/^(FOREIGN )?TABLE /, ""), object.partitionOf.table);
  }
  const isNew = (table: string) =>
    !wanted.has(`TABLE ${table}`) && !wanted.has(`FOREIGN TABLE ${table}`);
  const isPartition = (table: string): boolean => {
    if (!isNew(table)) return false;
    let above = parents.get(table);
    while (above !== undefined && isNew(above)) above = parents.get(above);
    return above !== undefined;
  };
  return (difference) => {
    if (difference.change !== "extra") return false;
    const { table, ownedBy, kind } = difference.actual as Part;
    const own = kind === "table" || kind === "foreign table"
      ? difference.address.replace(/^(FOREIGN )?TABLE /, "")
      : undefined;
    return [own, table, ownedBy?.table].some((one) => one !== undefined && isPartition(one));
  };
}

/**
 * Whether a difference is what migrations under way change.
 *
 * @param changes How the schema differs after them from what it was before.
 */
export function changedBy(changes: readonly Difference[]): IsTakenOver {
  const known = new Map(changes.map((difference) => [difference.address, difference]));
  return ({ address }, field) => {
    const change = known.get(address);
    if (change?.change !== "different" || field === undefined) return change !== undefined;
    return change.fields.some((one) => field.column === one.column && field.field === one.field);
  };
}

// Pure.
/**
 * Copies allowed differences into the expected schema, so that they are no longer differences.
 *
 * @module
 */

import { compareSchemas, type Difference, type FieldDifference } from "./compare_schemas.ts";
import { addressOf, KINDS } from "./kinds.ts";
import type { Column } from "./model/columns.ts";
import type { Schema, SchemaObject } from "./model/schema.ts";

/** Whether a difference is taken over; of an object on both sides, each field is asked for. */
export type IsTakenOver = (difference: Difference, field?: FieldDifference) => boolean;

/**
 * `expected` with everything of `actual` that `isTakenOver` holds for. Comparing the result with `actual`
 * finds the other differences only, and a repair rebuilds what was taken over where something else makes
 * it necessary.
 */
export function takeOver(
  { expected, actual }: { readonly expected: Schema; readonly actual: Schema },
  isTakenOver: IsTakenOver,
): Schema {
  const replaced = new Map<string, SchemaObject | undefined>();
  const added: SchemaObject[] = [];
  for (const difference of compareSchemas(expected, actual)) {
    if (difference.change === "different") {
      const fields = difference.fields.filter((field) => isTakenOver(difference, field));
      if (fields.length > 0) replaced.set(difference.address, withFields(difference, fields));
    } else if (isTakenOver(difference)) {
      if (difference.change === "extra") added.push(difference.actual);
      else replaced.set(difference.address, undefined);
    }
  }
  if (replaced.size + added.length === 0) return expected;
  const kept = expected.objects.flatMap((object) => {
    const address = addressOf(object);
    return replaced.has(address) ? replaced.get(address) ?? [] : [object];
  });
  return { ...expected, objects: inOrder([...kept, ...added]) };
}

type Different = Extract<Difference, { readonly change: "different" }>;

function withFields(
  { expected, actual }: Different,
  fields: readonly FieldDifference[],
): SchemaObject {
  let object: Fields = { ...expected };
  let columns = columnsOf(expected);
  for (const { field, column, actual: value } of fields) {
    if (column === undefined) object = withField(object, field, value);
    else columns = withColumn(columns, { column, field, from: columnsOf(actual) });
  }
  const isTable = "columns" in expected || columns.length > 0;
  return {
    ...object,
    requires: [...new Set([...expected.requires ?? [], ...actual.requires ?? []])].sort(),
    ...(isTable ? { columns } : {}),
  } as Fields as unknown as SchemaObject;
}

type Fields = Readonly<Record<string, unknown>>;

function withField(object: Fields, field: string, value: unknown): Fields {
  const { [field]: _, ...rest } = object;
  return value === undefined ? rest : { ...rest, [field]: value };
}

function columnsOf(object: SchemaObject): readonly Column[] {
  return (object as { readonly columns?: readonly Column[] }).columns ?? [];
}

function withColumn(
  columns: readonly Column[],
  { column, field, from }: {
    readonly column: string;
    readonly field: string;
    readonly from: readonly Column[];
  },
): readonly Column[] {
  const found = from.find(({ name }) => name === column);
  const isWhole = field === `columns.${column}`;
  if (isWhole && found === undefined) return columns.filter(({ name }) => name !== column);
  if (isWhole) return [...columns, found!];
  const part = field.slice(`columns.${column}.`.length);
  return columns.map((one) =>
    one.name === column
      ? withField(
        one as unknown as Fields,
        part,
        found?.[part as keyof Column],
      ) as unknown as Column
      : one
  );
}

/** As `Schema.objects` promises. */
function inOrder(objects: readonly SchemaObject[]): readonly SchemaObject[] {
  const ranks = new Map(KINDS.map(({ kind }, rank) => [kind, rank]));
  return objects
    .map((object) => ({ object, rank: ranks.get(object.kind)!, address: addressOf(object) }))
    .sort((a, b) => a.rank - b.rank || (a.address < b.address ? -1 : a.address > b.address ? 1 : 0))
    .map(({ object }) => object);
}

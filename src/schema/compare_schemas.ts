// Pure.
/**
 * Compares a schema with the expected one, object by object.
 *
 * @module
 */

import type { Column } from "./model/columns.ts";
import { onCommonGround } from "./common_ground.ts";
import { addressOf } from "./kinds.ts";
import { sameValue } from "./model/same_value.ts";
import type { Schema, SchemaObject } from "./model/schema.ts";

/** One object that differs. */
export type Difference =
  | { readonly change: "missing"; readonly address: string; readonly expected: SchemaObject }
  | { readonly change: "extra"; readonly address: string; readonly actual: SchemaObject }
  | {
    readonly change: "different";
    readonly address: string;
    readonly expected: SchemaObject;
    readonly actual: SchemaObject;
    /** At least one. */
    readonly fields: readonly FieldDifference[];
  };

/** One thing about an object. */
export interface FieldDifference {
  /** `definition`; of a column, `columns.email` for all of it and `columns.email.type` for a part. */
  readonly field: string;
  /** The name of the column that it is about; absent: it is about the object itself. */
  readonly column?: string;
  /** Undefined if nothing is expected. */
  readonly expected: unknown;
  /** Undefined if there is nothing. */
  readonly actual: unknown;
}

/**
 * Differences in the order of `Schema.objects`: those that should be there first, then the extra ones.
 *
 * The order of columns does not count, nor that of settings. What only one of two releases knows is left
 * out. Deparsed text is compared as it is: take both schemas from one server where releases differ,
 * because PostgreSQL prints the same expression in more than one way.
 */
export function compareSchemas(expected: Schema, actual: Schema): readonly Difference[] {
  const wanted = byAddress(onCommonGround(expected, actual.server));
  const found = byAddress(onCommonGround(actual, expected.server));
  const differences: Difference[] = [];
  for (const [address, object] of wanted) {
    const other = found.get(address);
    if (other === undefined) {
      differences.push({ change: "missing", address, expected: object });
      continue;
    }
    const fields = differentFields(object, other);
    if (fields.length === 0) continue;
    differences.push({ change: "different", address, expected: object, actual: other, fields });
  }
  for (const [address, object] of found) {
    if (!wanted.has(address)) differences.push({ change: "extra", address, actual: object });
  }
  return differences;
}

function byAddress(objects: readonly SchemaObject[]): ReadonlyMap<string, SchemaObject> {
  return new Map(objects.map((object) => [addressOf(object), object]));
}

/** What objects use follows from what they are. */
const DERIVED = ["requires"];

function differentFields(expected: SchemaObject, actual: SchemaObject): readonly FieldDifference[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...names].filter((name) => !DERIVED.includes(name)).flatMap((field) => {
    const [wanted, found] = [expected, actual].map((object) =>
      (object as SchemaObject & Readonly<Record<string, unknown>>)[field]
    );
    if (field === "columns") return differentColumns(wanted as Columns, found as Columns);
    return sameValue(wanted, found) ? [] : [{ field, expected: wanted, actual: found }];
  });
}

type Columns = readonly Column[] | undefined;

function differentColumns(
  expected: Columns = [],
  actual: Columns = [],
): readonly FieldDifference[] {
  const names = new Set([...expected, ...actual].map(({ name }) => name));
  return [...names].flatMap((name) => {
    const [wanted, found] = [expected, actual].map((columns) =>
      columns.find((column) => column.name === name)
    );
    const field = `columns.${name}`;
    if (wanted === undefined || found === undefined) {
      return [{ field, column: name, expected: wanted, actual: found }];
    }
    const parts = new Set([...Object.keys(wanted), ...Object.keys(found)] as (keyof Column)[]);
    return [...parts].flatMap((part) =>
      sameValue(wanted[part], found[part]) ? [] : [{
        field: `${field}.${part}`,
        column: name,
        expected: wanted[part],
        actual: found[part],
      }]
    );
  });
}

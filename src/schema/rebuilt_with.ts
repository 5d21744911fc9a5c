// Pure.
/**
 * Finds the objects that must be dropped together with others.
 *
 * @module
 */

import { quoteQualifiedIfNeeded } from "../sql/quote_if_needed.ts";
import type { Difference } from "./compare_schemas.ts";
import type { Column } from "./model/columns.ts";
import { addressOf, columnAddress } from "./kinds.ts";
import type { InSchema, SchemaObject } from "./model/schema.ts";

/** Objects that are dropped; most of them come back. */
export interface Rebuilt {
  readonly objects: readonly SchemaObject[];
  /** Those of them that the server drops together with their table. */
  readonly implied: ReadonlySet<SchemaObject>;
}

/** Kinds that stand in the way when a column they use is dropped, or gets another type. */
const IN_THE_WAY = ["view", "materialized view", "rule", "policy", "trigger", "function"];

const RELATIONS = ["table", "foreign table", "view", "materialized view"];

/** Kinds that are parts of a table, and go with it. */
const PARTS = ["default", "index", "constraint", "trigger", "rule", "policy"];

/**
 * The objects at these addresses, and all that stand on them or on a column that changes.
 *
 * @param dropped Addresses of what must go in any case.
 */
export function rebuiltWith(
  { dropped, differences }: {
    readonly dropped: ReadonlySet<string>;
    readonly differences: readonly Difference[];
  },
  objects: readonly SchemaObject[],
): Rebuilt {
  const users = usersOf(objects);
  const rebuilt = new Set<SchemaObject>();
  const add = (object: SchemaObject) => {
    if (rebuilt.has(object)) return;
    rebuilt.add(object);
    for (const address of addressesOf(object)) users.get(address)?.forEach(add);
  };
  objects.filter((object) => dropped.has(addressOf(object))).forEach(add);
  for (const address of differences.flatMap(changedColumns)) {
    users.get(address)?.filter(({ kind }) => IN_THE_WAY.includes(kind)).forEach(add);
  }
  const all = [...rebuilt];
  const relations = new Set(
    all.filter(({ kind }) => RELATIONS.includes(kind)).map((object) =>
      quoteQualifiedIfNeeded(object as SchemaObject & InSchema)
    ),
  );
  const implied = all.filter((object) => {
    const { kind, table } = object as SchemaObject & { readonly table?: string };
    return PARTS.includes(kind) && table !== undefined && relations.has(table);
  });
  return { objects: all, implied: new Set(implied) };
}

function usersOf(objects: readonly SchemaObject[]): ReadonlyMap<string, SchemaObject[]> {
  const users = new Map<string, SchemaObject[]>();
  for (const object of objects) {
    for (const address of object.requires ?? []) {
      const list = users.get(address);
      if (list === undefined) users.set(address, [object]);
      else list.push(object);
    }
  }
  return users;
}

function addressesOf(object: SchemaObject): readonly string[] {
  const { columns = [] } = object as { readonly columns?: readonly Column[] };
  return [
    addressOf(object),
    ...columns.map(({ name }) => columnAddress(object as SchemaObject & InSchema, name)),
  ];
}

/** Columns that are dropped, made again, or get another type. */
function changedColumns(difference: Difference): readonly string[] {
  if (difference.change !== "different") return [];
  const { actual, fields } = difference;
  return fields.flatMap(({ field, expected }) => {
    const [, name, part] =
      /^columns\.(.*?)(?:\.(type|collation|generated|expression))?$/.exec(field) ?? [];
    if (name === undefined || (part === undefined && expected !== undefined)) return [];
    return [columnAddress(actual as SchemaObject & InSchema, name)];
  });
}

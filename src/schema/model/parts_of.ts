// Pure.
/**
 * The objects that belong to tables and views.
 *
 * @module
 */

import type { SchemaObject } from "./schema.ts";

/** Gives what names a relation as its `table`: defaults, indexes, constraints, triggers, rules, policies. */
export function partsOf(
  objects: readonly SchemaObject[],
): (table: string) => readonly SchemaObject[] {
  const parts = new Map<string, SchemaObject[]>();
  for (const object of objects) {
    const { table } = object as SchemaObject & { readonly table?: string };
    if (table === undefined) continue;
    const list = parts.get(table);
    if (list === undefined) parts.set(table, [object]);
    else list.push(object);
  }
  return (table) => parts.get(table) ?? [];
}

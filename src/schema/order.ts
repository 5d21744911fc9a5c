// Pure.
/**
 * Orders objects for their creation: each after what it requires.
 *
 * @module
 */

import type { Column } from "./model/columns.ts";
import { addressOf, columnAddress, kindOf, ownSchema } from "./kinds.ts";
import type { InSchema, SchemaObject } from "./model/schema.ts";

/** One step of the creation. */
export interface CreationStep {
  readonly object: SchemaObject;
  /** An empty object of that name only, for others to refer to; the object itself follows later. */
  readonly shell: boolean;
}

/**
 * Orders objects. Those that require each other in a circle are entered through one that can be made
 * empty first; where none can, they come in the given order. What is required and not among the objects
 * is taken to be there. Same input, same order.
 *
 * The circles are Tarjan's strongly connected components (SIAM J. Comput. 1, 1972), found without
 * recursion.
 */
export function creationOrder(objects: readonly SchemaObject[]): readonly CreationStep[] {
  const indexes = indexOfAddresses(objects);
  const edges = objects.map((object) =>
    [ownSchema(object) ?? "", ...object.requires ?? []].flatMap((address) => {
      const index = indexes.get(address);
      return index === undefined ? [] : [index];
    }).sort((a, b) => a - b)
  );
  return components(edges).flatMap((members) =>
    members.length === 1 && !edges[members[0]!]!.includes(members[0]!)
      ? [{ object: objects[members[0]!]!, shell: false }]
      : withinCircle(members, { objects, edges })
  );
}

/** Columns lead to their relation. */
function indexOfAddresses(objects: readonly SchemaObject[]): ReadonlyMap<string, number> {
  const indexes = new Map<string, number>();
  for (const [index, object] of objects.entries()) {
    indexes.set(addressOf(object), index);
    const { columns = [] } = object as { readonly columns?: readonly Column[] };
    for (const { name } of columns) {
      indexes.set(columnAddress(object as SchemaObject & InSchema, name), index);
    }
  }
  return indexes;
}

/** Components in an order in which each comes after those that it points to; members ascending. */
function components(edges: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const found: number[][] = [];
  const order = new Map<number, number>();
  const low: number[] = [];
  const pending: number[] = [];
  const isPending = new Set<number>();
  for (const root of edges.keys()) {
    if (order.has(root)) continue;
    const path: { node: number; next: number }[] = [{ node: root, next: 0 }];
    while (path.length > 0) {
      const top = path.at(-1)!;
      const { node } = top;
      if (top.next === 0) {
        low[node] = order.size;
        order.set(node, order.size);
        pending.push(node);
        isPending.add(node);
      }
      const target = edges[node]![top.next++];
      if (target !== undefined) {
        if (!order.has(target)) path.push({ node: target, next: 0 });
        else if (isPending.has(target)) low[node] = Math.min(low[node]!, order.get(target)!);
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.node;
      if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[node]!);
      if (low[node] !== order.get(node)) continue;
      const members = pending.splice(pending.lastIndexOf(node));
      members.forEach((member) => isPending.delete(member));
      found.push(members.sort((a, b) => a - b));
    }
  }
  return found;
}

function withinCircle(
  members: readonly number[],
  { objects, edges }: {
    readonly objects: readonly SchemaObject[];
    readonly edges: readonly (readonly number[])[];
  },
): readonly CreationStep[] {
  const shells = members.filter((member) => kindOf(objects[member]!).shell !== undefined);
  const steps = shells.map((member) => ({ object: objects[member]!, shell: true }));
  const inside = new Set(members);
  const begun = new Set<number>();
  const visit = (member: number) => {
    if (begun.has(member)) return;
    begun.add(member);
    for (const target of edges[member]!) {
      if (inside.has(target) && !shells.includes(target)) visit(target);
    }
    steps.push({ object: objects[member]!, shell: false });
  };
  members.filter((member) => !shells.includes(member)).forEach(visit);
  shells.forEach(visit);
  return steps;
}

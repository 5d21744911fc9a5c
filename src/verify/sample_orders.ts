// Pure.
/**
 * Orders in which migrations may also be run.
 *
 * @module
 */

import type { Lineage } from "../definition/migration/version.ts";
import { seededRandom } from "../seeded_random.ts";

/**
 * Orders with parents before children, all different, and none that was given. Fewer than asked for where
 * there are hardly any others; none for a line.
 *
 * @param ordered Parents before children.
 */
export function sampleOrders<T extends Lineage>(
  ordered: readonly T[],
  { count, seed }: { readonly count: number; readonly seed: number },
): readonly (readonly T[])[] {
  const random = seededRandom(seed);
  const known = new Set([nameOf(ordered)]);
  const orders: (readonly T[])[] = [];
  // Of two orders half of all draws are known: so many in a row say that there are no more.
  for (let draws = 0; orders.length < count && draws < count * 20; draws++) {
    const order = drawOrder(ordered, random);
    if (known.has(nameOf(order))) continue;
    known.add(nameOf(order));
    orders.push(order);
  }
  return orders;
}

function nameOf(order: readonly Lineage[]): string {
  return order.map(({ version }) => version).join();
}

/** Repeatedly takes any one whose parents have been taken. */
function drawOrder<T extends Lineage>(ordered: readonly T[], random: () => number): readonly T[] {
  const versions = new Set(ordered.map(({ version }) => version));
  const children = new Map<bigint, T[]>();
  const waiting = new Map<bigint, number>();
  for (const definition of ordered) {
    const parents = definition.parents.filter((parent) => versions.has(parent));
    waiting.set(definition.version, parents.length);
    for (const parent of parents) {
      children.set(parent, [...children.get(parent) ?? [], definition]);
    }
  }
  const ready = ordered.filter(({ version }) => waiting.get(version) === 0);
  const order: T[] = [];
  while (ready.length > 0) {
    const [next] = ready.splice(Math.floor(random() * ready.length), 1);
    order.push(next!);
    for (const child of children.get(next!.version) ?? []) {
      const left = waiting.get(child.version)! - 1;
      waiting.set(child.version, left);
      if (left === 0) ready.push(child);
    }
  }
  return order;
}

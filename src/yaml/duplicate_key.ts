// Pure.
/**
 * Finds a duplicate key in a mapping. The library compares each key with all previous ones, which
 * takes hours for some hundred thousand keys.
 *
 * @module
 */

import { type Document, isScalar, type Pair, visit } from "yaml";

/** The offset of the first duplicate key; undefined when there is none. */
export function duplicateKey(document: Document): number | undefined {
  let found: number | undefined;
  visit(document, {
    Map(_, { items }) {
      const known = new Set<string>();
      for (const { key } of items as readonly Pair[]) {
        if (!isScalar(key)) continue;
        const name = `${typeof key.value} ${String(key.value)}`;
        if (known.has(name)) {
          found = key.range?.[0] ?? 0;
          return visit.BREAK;
        }
        known.add(name);
      }
      return undefined;
    },
  });
  return found;
}

// Pure.
/**
 * Equality of plain JSON.
 *
 * @module
 */

/** JSON values are the same: lists in order, objects whatever the order of their keys. */
export function sameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
    return false;
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [keys, otherKeys] = [Object.keys(one), Object.keys(other)];
  return keys.length === otherKeys.length &&
    keys.every((key) =>
      sameValue((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key])
    );
}

/**
 * Collects garbage while a large text is worked through.
 *
 * @module
 */

/** What Bun adds to the globals. */
interface WithBun {
  readonly Bun?: { gc(isSynchronous: boolean): void };
}

/** UTF-16 units of a text that may be worked through before the next collection. */
const COLLECT_AFTER = 5_000_000;

/**
 * Bun lets garbage grow to many hundred megabytes before it collects any, more than a small container has.
 * Other runtimes decide by themselves.
 *
 * @returns A function to call with the length of each part of the text that was worked through.
 */
export function garbageCollector(): (length: number) => void {
  let sum = 0;
  return (length) => {
    sum += length;
    if (sum < COLLECT_AFTER) return;
    sum = 0;
    (globalThis as WithBun).Bun?.gc(true);
  };
}

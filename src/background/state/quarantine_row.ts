// Pure.
/**
 * How rows leave the quarantine.
 *
 * @module
 */

/** The start of `resolution` of a row that a user dropped; the reason follows. */
const DROPPED = "dropped: ";

/** `resolution` of a row that a user dropped. */
export function droppedBecause(reason: string): string {
  return `${DROPPED}${reason}`;
}

/** SQL: whether a user dropped the row; the quarantine has the alias `q`. */
export const IS_DROPPED = `starts_with(q.resolution, '${DROPPED}')`;

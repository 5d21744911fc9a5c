// Pure.
/**
 * Finds the row of a sub-batch that the database refuses, by halving.
 *
 * What failed is halved until one unit (a row, a distinct value, a block) is left: each half that
 * works is committed and stays, so that after at most log2(size) + 1 transactions the culprit stands
 * alone. Sizes are counted in units, because how many rows lie between two keys is not known.
 *
 * @module
 */

/** How the search goes on; undefined: nothing is searched. */
export interface Bisection {
  /** Units, from the cursor on, among which the culprit is. */
  readonly suspects: number;
}

/** A sub-batch of so many units failed on the data: where to look next. */
export function narrow(size: number): Bisection {
  return { suspects: size };
}

/** Units to try next: the first half of the suspects, or the only one. */
export function trial({ suspects }: Bisection): number {
  return Math.max(1, Math.floor(suspects / 2));
}

/**
 * The trial went through: the culprit is among the rest.
 *
 * @returns Undefined when nothing is left to suspect: it was the whole that failed, or the row changed.
 */
export function passed(bisection: Bisection, size: number): Bisection | undefined {
  const suspects = bisection.suspects - size;
  return suspects > 0 ? { suspects } : undefined;
}

// Pure.
/**
 * Finds by bisection the row of a sub-batch that the database refuses.
 *
 * The failed range is halved until one unit (a row, a distinct value, a block) is left. Each half
 * that succeeds is committed, so at most log2(size) + 1 transactions find the unit. Sizes are
 * counted in units, because the number of rows between two keys is not known.
 *
 * @module
 */

/** The state of the search. */
export interface Bisection {
  /** The units after the cursor among which the refused one is. */
  readonly suspects: number;
}

/** Starts or narrows the search after a sub-batch of `size` units failed with a data error. */
export function narrow(size: number): Bisection {
  return { suspects: size };
}

/** The units to try next: the first half of the suspects, at least one. */
export function trial({ suspects }: Bisection): number {
  return Math.max(1, Math.floor(suspects / 2));
}

/**
 * Continues after `size` units succeeded: the refused unit is among the rest.
 *
 * @returns Undefined when no suspect is left: only the whole failed, or the row changed meanwhile.
 */
export function passed(bisection: Bisection, size: number): Bisection | undefined {
  const suspects = bisection.suspects - size;
  return suspects > 0 ? { suspects } : undefined;
}

// Pure.
/**
 * Versions, as the names of files write them.
 *
 * @module
 */

/** The largest version: PostgreSQL's bigint. */
export const LARGEST_VERSION = 2n ** 63n - 1n;

/** A migration's place among the others. */
export interface Lineage {
  /** 0 to 2^63 - 1. */
  readonly version: bigint;
  /** Ascending, without repeats. */
  readonly parents: readonly bigint[];
}

/** The version that a run of decimal digits stands for, or undefined when it is too large. */
export function versionOf(digits: string): bigint | undefined {
  const version = BigInt(digits);
  return version > LARGEST_VERSION ? undefined : version;
}

/** For sorting. */
export function compareVersions(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

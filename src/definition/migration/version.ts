// Pure.
/**
 * Versions of migrations, as file names write them.
 *
 * @module
 */

/** The largest version: the maximum of PostgreSQL's bigint. */
export const LARGEST_VERSION = 2n ** 63n - 1n;

/** A migration's version and parents. */
export interface Lineage {
  /** 0 to 2^63 - 1. */
  readonly version: bigint;
  /** Ascending, without repeats. */
  readonly parents: readonly bigint[];
}

/** The version that decimal digits denote; undefined when it is too large. */
export function versionOf(digits: string): bigint | undefined {
  const version = BigInt(digits);
  return version > LARGEST_VERSION ? undefined : version;
}

/** Compares versions for sorting. */
export function compareVersions(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

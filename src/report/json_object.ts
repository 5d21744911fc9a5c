// Pure.
/**
 * An object of the JSON output.
 *
 * @module
 */

/** One line of output for programs. Versions are strings: they may exceed 2^53. */
export interface JsonRecord {
  /** What happened: `applied`, `waiting`, `warning`. */
  readonly event: string;
  /** Further fields. */
  readonly [field: string]: unknown;
}

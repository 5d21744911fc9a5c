// Pure.
/**
 * An object of the JSON output.
 *
 * @module
 */

/** A line for programs: `event` names what it is. Versions are strings: they may exceed 2^53. */
export interface JsonRecord {
  /** What happened: `applied`, `waiting`, `warning`. */
  readonly event: string;
  /** More about it. */
  readonly [field: string]: unknown;
}

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

/** A record that `JSON.stringify` takes: versions become strings, at any depth. */
export function withoutBigints(record: JsonRecord): JsonRecord {
  return Object.fromEntries(
    Object.entries(record).map(([field, value]) => [field, plain(value)]),
  ) as JsonRecord;
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([field, one]) => [field, plain(one)]));
}

// Pure.
/**
 * SQL that formats a time as ISO 8601 in UTC, for any DateStyle of the session.
 *
 * @module
 */

/** @param expression SQL of type `timestamptz`. */
export function isoTimestamp(expression: string): string {
  return `to_json(${expression} AT TIME ZONE 'UTC') #>> '{}' || 'Z'`;
}

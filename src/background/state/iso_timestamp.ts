// Pure.
/**
 * SQL that writes a time as ISO 8601 in UTC, whatever the session's DateStyle.
 *
 * @module
 */

/** Of a column or expression of type `timestamptz`. */
export function isoTimestamp(expression: string): string {
  return `to_json(${expression} AT TIME ZONE 'UTC') #>> '{}' || 'Z'`;
}

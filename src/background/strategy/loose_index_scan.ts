// Pure.
/**
 * Batches by the distinct values of a key that is not unique: `loose-index-scan`.
 *
 * Each value is found by one index lookup from the value before it, so a million rows with a thousand
 * distinct values cost a thousand lookups. With a filter, a value counts if at least one row with that
 * value passes; of its rows, those that pass are worked on.
 *
 * @module
 */

import { quoteIdentifier } from "../../sql/identifier.ts";
import {
  asCursor,
  columnsOf,
  compare,
  inRange,
  keyCondition,
  keyExtent,
  orderBy,
  SCANNED_ROW,
} from "./key.ts";
import type { BatchingStrategy, KeyRange, Scan } from "./strategy.ts";

/** The name of the recursive CTE, chosen so that it hides no table that a filter may read. */
const VALUES = quoteIdentifier("scanned values");

/** Units are distinct values. */
export const looseIndexScan: BatchingStrategy = {
  extent: keyExtent,

  bound(scan, { size, first, ...range }) {
    const { found, values } = valuesOf(scan, range, size);
    const cursorOf = (n: number) =>
      `(SELECT ${asCursor(scan.key, found)} FROM ${VALUES} WHERE n OPERATOR(pg_catalog.=) ${n})`;
    return `${values}
    SELECT ${first ? `${cursorOf(1)} AS first,` : ""}
      CASE WHEN EXISTS (SELECT FROM ${VALUES} WHERE n OPERATOR(pg_catalog.>) ${size})
        THEN ${cursorOf(size)} END AS last`;
  },

  condition: keyCondition,

  distinct(scan, range) {
    const { found, values } = valuesOf(scan, range);
    return `${values}
    SELECT ${asCursor(scan.key, found)} AS key
    FROM ${VALUES}
    ORDER BY n`;
  },
};

/**
 * Returns a WITH clause for the values of a range, numbered from 1, and their columns in it.
 *
 * @param size The most values; one more is read, to tell whether the range goes on. Undefined: all.
 */
function valuesOf(scan: Scan, range: KeyRange, size?: number) {
  const { relation, key } = scan;
  const columns = columnsOf(key, SCANNED_ROW);
  const names = key.map((_, i) => `k${i + 1}`);
  const named = columns.map((column, i) => `${column} AS ${names[i]}`).join(", ");
  const found = names.map((name) => `${VALUES}.${name}`);
  const next = (condition: string) =>
    `SELECT ${named}
        FROM ONLY ${relation} AS ${SCANNED_ROW}
        WHERE ${condition}
        ${orderBy(columns)}
        LIMIT 1`;
  const rest = inRange(scan, { ...range, after: undefined, alias: SCANNED_ROW });
  const later = compare(key, { left: columns, is: ">", right: found });
  const enough = size === undefined ? "" : ` WHERE ${VALUES}.n OPERATOR(pg_catalog.<=) ${size}`;
  const values = `WITH RECURSIVE ${VALUES} AS (
      SELECT 1 AS n, one.*
      FROM (
        ${next(inRange(scan, { ...range, alias: SCANNED_ROW }))}
      ) AS one
      UNION ALL
      SELECT ${VALUES}.n OPERATOR(pg_catalog.+) 1, one.*
      FROM ${VALUES}
      CROSS JOIN LATERAL (
        ${next(`${later} AND ${rest}`)}
      ) AS one${enough}
    )`;
  return { found, values };
}

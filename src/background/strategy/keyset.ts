// Pure.
/**
 * Batches in the order of a key: `primary-key` and `keyset`. The key has one or more columns and
 * need not be unique.
 *
 * @module
 */

import {
  asCursor,
  columnsOf,
  inRange,
  keyCondition,
  keyExtent,
  orderBy,
  SCANNED_ROW,
} from "./key.ts";
import type { BatchingStrategy } from "./strategy.ts";

/** Units are rows. */
export const keyset: BatchingStrategy = {
  extent: keyExtent,

  bound(scan, { size, first, ...range }) {
    const { relation, key } = scan;
    const columns = columnsOf(key, SCANNED_ROW);
    const names = key.map((_, i) => `k${i + 1}`);
    const named = columns.map((column, i) => `${column} AS ${names[i]}`).join(", ");
    const from = `SELECT ${named}
        FROM ONLY ${relation} AS ${SCANNED_ROW}
        WHERE ${inRange(scan, { ...range, alias: SCANNED_ROW })}
        ${orderBy(columns)}`;
    // The JSON is built outside the subquery: inside, PostgreSQL would build it for every key that
    // it scans, which takes most of the time.
    const found = asCursor(key, names.map((name) => `found.${name}`));
    const firstKey = `(
      SELECT ${found}
      FROM (
        ${from}
        LIMIT 1
      ) AS found
    ) AS first,`;
    // The row after the last one is read too: if there is none, the batch ends where the range ends.
    return `SELECT ${first ? firstKey : ""} (
      SELECT (pg_catalog.array_agg(${found}))[1]
      FROM (
        ${from}
        OFFSET ${size - 1}
        LIMIT 2
      ) AS found
      HAVING pg_catalog.count(*) OPERATOR(pg_catalog.=) 2
    ) AS last`;
  },

  condition: keyCondition,
};

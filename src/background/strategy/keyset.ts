// Pure.
/**
 * Batches by the order of a key: `primary-key` and `keyset`. The key is of one column or of several,
 * and need not be unique.
 *
 * @module
 */

import { asCursor, columnsOf, inRange, keyCondition, keyExtent, orderBy, WALKED } from "./key.ts";
import type { BatchingStrategy } from "./strategy.ts";

/** Units are rows. */
export const keyset: BatchingStrategy = {
  extent: keyExtent,

  bound(walk, { size, first, ...range }) {
    const { relation, key } = walk;
    const columns = columnsOf(key, WALKED);
    const from = `SELECT ${asCursor(key, columns)} AS key FROM ONLY ${relation} AS ${WALKED} ` +
      `WHERE ${inRange(walk, { ...range, alias: WALKED })} ${orderBy(columns)}`;
    // The row after the last one is looked at too: without it there is nothing behind the range.
    const last = "SELECT (pg_catalog.array_agg(two.key))[1] " +
      `FROM (${from} OFFSET ${size - 1} LIMIT 2) AS two ` +
      "HAVING pg_catalog.count(*) OPERATOR(pg_catalog.=) 2";
    return `SELECT ${first ? `(${from} LIMIT 1) AS first, ` : ""}(${last}) AS last`;
  },

  condition: keyCondition,
};

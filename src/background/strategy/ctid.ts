// Pure.
/**
 * Batches by physical position: `ctid`, for tables without a key. A key is a block number.
 *
 * An updated row moves, possibly to a block that is scanned later or after the end. So the body
 * needs a condition that skips rows that are already done. The scan does not visit blocks that are
 * added after it has found the end.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { qualify } from "./key.ts";
import type { BatchingStrategy } from "./strategy.ts";

/** The first `server_version_num` with TID range scans. */
const TID_RANGE_SCAN = 140000;

/** Bytes of a page header, and the fewest bytes that a row takes in a page. */
const PAGE_HEADER = 24;
const SMALLEST_ROW = 28;

/** Units are blocks. */
export const ctid: BatchingStrategy = {
  extent({ relation }) {
    return `SELECT pg_catalog.json_build_array('0') AS first,
      pg_catalog.json_build_array(
        (size.blocks OPERATOR(pg_catalog.-) 1)::pg_catalog.text
      ) AS last
    FROM (
      SELECT pg_catalog.pg_relation_size(${quoteLiteral(relation)}::pg_catalog.regclass)
        OPERATOR(pg_catalog./)
        pg_catalog.current_setting('block_size')::pg_catalog.int8 AS blocks
    ) AS size
    WHERE size.blocks OPERATOR(pg_catalog.>) 0`;
  },

  bound(_scan, { after, until, size, first }) {
    const start = firstBlock(after);
    const last = start + size - 1;
    const end = Number(until[0]);
    const block = (number: number) => `pg_catalog.json_build_array('${number}')`;
    return `SELECT ${first ? `${start <= end ? block(start) : "NULL"} AS first, ` : ""}` +
      `${last < end ? block(last) : "NULL"} AS last`;
  },

  condition({ filter, part, server }, { after, until, alias }) {
    const tid = qualify(alias, "ctid");
    const start = firstBlock(after);
    const end = Number(until[0]);
    const range = server >= TID_RANGE_SCAN
      ? `${tid} OPERATOR(pg_catalog.>=) '(${start},0)'::pg_catalog.tid
        AND ${tid} OPERATOR(pg_catalog.<) '(${end + 1},0)'::pg_catalog.tid`
      : `${tid} OPERATOR(pg_catalog.=) ANY (${everyTid(start, end)})`;
    return [range, ...(filter ? [`(${filter(alias)})`] : []), ...(part ? [part(alias)] : [])]
      .join(" AND ");
  },
};

function firstBlock(after: readonly string[] | undefined): number {
  return after ? Number(after[0]) + 1 : 0;
}

/**
 * Every possible tid of these blocks. PostgreSQL 13 can look tids up, but cannot scan a range of
 * them.
 */
function everyTid(start: number, end: number): string {
  const places = `(pg_catalog.current_setting('block_size')::pg_catalog.int4
        OPERATOR(pg_catalog.-) ${PAGE_HEADER}) OPERATOR(pg_catalog./) ${SMALLEST_ROW}`;
  return `ARRAY(
      SELECT pg_catalog.format('(%s,%s)', block, place)::pg_catalog.tid
      FROM pg_catalog.generate_series(${start}::pg_catalog.int8, ${end}::pg_catalog.int8) AS block
      CROSS JOIN pg_catalog.generate_series(1, ${places}) AS place
    )`;
}

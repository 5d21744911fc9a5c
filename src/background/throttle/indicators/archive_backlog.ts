// Pure.
/**
 * Stops while too many WAL files wait to be archived. They are counted from their names, across
 * timelines, as in GitLab.
 *
 * @module
 */

import { figure, grade, type Indicator } from "../indicator.ts";

/** The share of the limit from which on it slows down. */
const SLOW_PART = 0.5;

export const archiveBacklog: Indicator = {
  name: "archive-backlog",
  query: () =>
    `SELECT current_setting('archive_mode') AS mode,
      pg_size_bytes(current_setting('wal_segment_size')) AS segment,
      pg_walfile_name(pg_current_wal_insert_lsn()) AS current,
      last_archived_wal AS archived, last_failed_wal AS failed,
      last_archived_time IS NULL OR last_failed_time > last_archived_time AS failing
    FROM pg_stat_archiver`,
  judge([row], { maxArchiveBacklog, was }) {
    if (row?.["mode"] === "off") return { signal: "full", reason: "WAL is not archived" };
    const size = figure(row, "segment") ?? 2 ** 24;
    const current = segmentNumber(row?.["current"], size);
    const archived = segmentNumber(row?.["archived"], size);
    const failed = row?.["failing"] === "t" ? segmentNumber(row["failed"], size) : undefined;
    // The archiver retries the oldest file.
    const done = failed === undefined ? archived : failed - 1;
    if (current === undefined || done === undefined) {
      return { signal: "unknown", reason: "no WAL file was archived since statistics were reset" };
    }
    // The current file is still written.
    const waiting = Math.max(0, current - done - 1);
    const limits = { slow: maxArchiveBacklog * SLOW_PART, stop: maxArchiveBacklog + 1 };
    const because = failed === undefined ? "" : `, as archiving ${row?.["failed"]} fails`;
    return {
      signal: grade(waiting, limits, was),
      reason: `${waiting} WAL files wait to be archived${because} (limit ${maxArchiveBacklog})`,
    };
  },
};

/** The number of a WAL file, counted from the first; undefined for a timeline history file. */
function segmentNumber(name: string | null | undefined, segmentSize: number): number | undefined {
  const [, log, segment] = /^[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})/i.exec(name ?? "") ?? [];
  if (log === undefined || segment === undefined) return undefined;
  return parseInt(log, 16) * (2 ** 32 / segmentSize) + parseInt(segment, 16);
}

/**
 * Reads the failed sub-batches of a batched migration.
 *
 * @module
 */

import { fromStorable } from "../../sql/storable.ts";
import { catalogRead } from "../../connection/session/catalog_read.ts";
import { redactServerText } from "../../connection/settings/redact.ts";
import type { Session } from "../../connection/session/session.ts";
import { isoTimestamp } from "../state/iso_timestamp.ts";
import { JOB_STATUS, type JobStatus, toJobStatus } from "../state/state_machine.ts";
import { type BackgroundTables, tablesOf } from "../state/rows.ts";
import type { Cursor } from "../strategy/strategy.ts";

/** A failed sub-batch. It may have succeeded since; see `jobStatus`. */
export interface FailedSubBatch {
  /** The id of the transition log's row. */
  readonly id: string;
  readonly job: string;
  /** ISO 8601. */
  readonly at: string;
  readonly exceptionClass: string;
  readonly exceptionMessage: string;
  readonly sqlstate: string | undefined;
  readonly worker: string | undefined;
  /** The range of its rows, `(after, until]`, in a segment; undefined `after`: from the first. */
  readonly after: Cursor | undefined;
  /** Undefined if the query for the bound failed. */
  readonly until: Cursor | undefined;
  readonly segment: number;
  /** The current state of its batch. */
  readonly jobStatus: JobStatus;
  readonly attempts: number;
}

/**
 * Reads failures, newest first.
 *
 * @param which.log Only the failure with this id.
 */
export async function readFailures(
  session: Session,
  name: BackgroundTables,
  which: { readonly migration: string; readonly limit: number; readonly log?: string | undefined },
): Promise<{ readonly total: number; readonly failures: readonly FailedSubBatch[] }> {
  const { jobs, logs } = tablesOf(name);
  const rows = await catalogRead(
    session,
    `SELECT l.id, l.batched_background_migration_job_id AS job,
      ${isoTimestamp("l.created_at")} AS at,
      l.exception_class, l.exception_message, l.sqlstate, l.worker, l.cursor, l.until_cursor,
      j.segment, j.status, j.attempts,
      count(*) OVER () AS total
    FROM ${logs} AS l
    JOIN ${jobs} AS j ON j.id = l.batched_background_migration_job_id
    WHERE j.batched_background_migration_id = ${BigInt(which.migration)}
      AND l.next_status = ${JOB_STATUS.failed}
      AND ${which.log === undefined ? "true" : `l.id = ${BigInt(which.log)}`}
    ORDER BY l.id DESC
    LIMIT ${which.limit}`,
  );
  const failures = rows.map((row): FailedSubBatch => ({
    id: row["id"]!,
    job: row["job"]!,
    at: row["at"]!,
    exceptionClass: row["exception_class"] ?? "",
    exceptionMessage: redactServerText(fromStorable(row["exception_message"] ?? "")),
    sqlstate: row["sqlstate"] ?? undefined,
    worker: row["worker"] == null ? undefined : fromStorable(row["worker"]),
    after: optionalCursor(row["cursor"]),
    until: optionalCursor(row["until_cursor"]),
    segment: Number(row["segment"]),
    jobStatus: toJobStatus(Number(row["status"])),
    attempts: Number(row["attempts"]),
  }));
  return { total: Number(rows[0]?.["total"] ?? 0), failures };
}

function optionalCursor(text: string | null | undefined): Cursor | undefined {
  return text == null ? undefined : JSON.parse(text) as Cursor;
}

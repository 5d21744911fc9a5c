// Pure.
/**
 * Errors of the server as records for programs, with GitLab's field names.
 *
 * @module
 */

import type { FailedSubBatch } from "../background/status/read_failures.ts";
import type { QuarantinedRow } from "../background/status/read_quarantine.ts";
import type { JsonRecord } from "./json_object.ts";

/**
 * The record of a failed sub-batch.
 *
 * @param of The migration that it belongs to.
 */
export function failureRecord(
  of: Readonly<Record<string, unknown>>,
  { id, job, after, until, jobStatus, ...failure }: FailedSubBatch,
): JsonRecord {
  return {
    event: "refused-sub-batch",
    ...of,
    transitionLogId: id,
    batchedBackgroundMigrationJobId: job,
    newState: "failed",
    ...failure,
    afterCursor: after ?? null,
    untilCursor: until ?? null,
    jobStatus,
  };
}

/**
 * The record of a quarantined row.
 *
 * @param of The migration that it belongs to.
 */
export function quarantineRecord(
  of: Readonly<Record<string, unknown>>,
  { id, job, after, until, resolution, resolvedAt, ...row }: QuarantinedRow,
): JsonRecord {
  return {
    event: "quarantined-row",
    ...of,
    quarantineId: id,
    batchedBackgroundMigrationJobId: job ?? null,
    afterCursor: after ?? null,
    untilCursor: until,
    ...row,
    resolution: resolution ?? null,
    resolvedAt: resolvedAt ?? null,
  };
}

// Pure.
/**
 * Errors of the server as records for programs, with GitLab's names.
 *
 * @module
 */

import type { FailedSubBatch } from "../background/status/read_failures.ts";
import type { QuarantinedRow } from "../background/status/read_quarantine.ts";
import type { JsonRecord } from "./json_object.ts";

/**
 * A sub-batch.
 *
 * @param of Which migration it belongs to.
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
 * A row that was put aside.
 *
 * @param of Which migration it belongs to.
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

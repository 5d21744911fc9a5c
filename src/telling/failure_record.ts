// Pure.
/**
 * A refused sub-batch as a record for programs, with GitLab's names.
 *
 * @module
 */

import type { FailedSubBatch } from "../background/read_failures.ts";
import type { JsonRecord } from "./json_record.ts";

/** @param of Which migration it belongs to. */
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

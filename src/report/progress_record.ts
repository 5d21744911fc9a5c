// Pure.
/**
 * The progress of a batched migration as a record for programs. Fields that GitLab's API also has
 * keep GitLab's names.
 *
 * @module
 */

import { formatAge } from "../format/elapsed_time.ts";
import { progressOf, secondsLeft } from "../background/status/progress.ts";
import type { ProgressSnapshot } from "../background/status/progress_snapshot.ts";

/** Fields in camel case; `progress` is a percentage, `rate` units per second. */
export function progressFields(database: string, snapshot: ProgressSnapshot) {
  const { paused, held, jobs, ...rest } = snapshot;
  const part = progressOf(snapshot);
  const left = secondsLeft(snapshot);
  return {
    database,
    id: rest.id,
    jobClassName: rest.name,
    tableName: rest.table,
    columnName: rest.column,
    jobArguments: rest.arguments,
    status: rest.status,
    progress: part === undefined ? null : Math.floor(part * 1_000) / 10,
    createdAt: rest.createdAt,
    estimatedTimeRemaining: left === undefined || left === 0 ? null : formatAge(left),
    secondsLeft: left === undefined ? null : Math.ceil(left),
    startedAt: rest.startedAt ?? null,
    finishedAt: rest.finishedAt ?? null,
    verifiedAt: rest.verifiedAt ?? null,
    generation: rest.generation,
    direction: rest.direction,
    queuedMigrationVersion: rest.queuedBy ?? null,
    supersededBy: rest.supersededBy ?? null,
    pausedBy: paused?.who ?? null,
    pauseReason: paused?.reason ?? null,
    holdReason: held?.reason ?? null,
    onHoldUntil: held?.until ?? null,
    slowReason: rest.slowed ?? null,
    failure: rest.status === "failed" ? rest.failure ?? null : null,
    batchSize: rest.batchSize,
    subBatchSize: rest.subBatchSize,
    pauseMs: rest.pauseMs,
    interval: rest.interval,
    maxWorkers: rest.maxWorkers ?? null,
    totalTupleCount: rest.total ?? null,
    migratedTuples: rest.done,
    affectedRows: rest.affected,
    rate: rest.rate === undefined ? null : Math.round(rest.rate * 10) / 10,
    batches: jobs,
    quarantined: rest.quarantined,
    dropped: rest.dropped,
    archives: rest.archives,
  };
}

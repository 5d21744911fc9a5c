/**
 * Where a batched migration stands, made up.
 *
 * @module
 */

import type { ProgressSnapshot } from "../../src/background/status/progress_snapshot.ts";

/** One that is half done. */
export function standing(given: Partial<ProgressSnapshot> = {}): ProgressSnapshot {
  return {
    id: "3",
    name: "backfill_routes",
    generation: 1,
    direction: "up",
    status: "active",
    table: "routes",
    column: "",
    arguments: {},
    queuedBy: "1650000000",
    createdAt: "2026-03-01T10:00:00Z",
    startedAt: "2026-03-01T10:00:01Z",
    finishedAt: undefined,
    verifiedAt: undefined,
    supersededBy: undefined,
    paused: undefined,
    held: undefined,
    slowed: undefined,
    batchSize: 100_000,
    subBatchSize: 1_000,
    pauseMs: 100,
    interval: 0,
    maxWorkers: undefined,
    total: 1_000_000,
    done: 500_000,
    affected: 400_000,
    jobs: { pending: 0, running: 1, failed: 0, succeeded: 4 },
    quarantined: 0,
    dropped: 0,
    rate: 2_000,
    failure: undefined,
    archives: [],
    ...given,
  };
}

// Pure.
/**
 * Computes the progress of a batched migration and the time that the rest will take.
 *
 * @module
 */

import type { ProgressSnapshot } from "./progress_snapshot.ts";

/**
 * The share of the planner's estimate that is done, from 0 to 1, and below 1 until the migration is
 * finished. Undefined without an estimate.
 */
export function progressOf(
  { status, total, done, finishedAt }: ProgressSnapshot,
): number | undefined {
  if (status === "finished" || status === "finalized") return 1;
  if (status === "deleted" && finishedAt !== undefined) return 1;
  if (total === undefined || total <= 0) return undefined;
  return Math.min(done / total, 0.99);
}

/** Seconds that the rest will take at the current rate; undefined without an estimate or a rate. */
export function secondsLeft(snapshot: ProgressSnapshot): number | undefined {
  const { total, done, rate, status } = snapshot;
  if (status === "finished" || status === "finalized") return 0;
  if (total === undefined || !rate) return undefined;
  return Math.max(0, total - done) / rate;
}

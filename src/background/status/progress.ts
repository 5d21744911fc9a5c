// Pure.
/**
 * Computes how much of a batched migration is done, and how long the rest will take.
 *
 * @module
 */

import type { ProgressSnapshot } from "./progress_snapshot.ts";

/**
 * The part that is done, from 0 to 1: of the planner's estimate, so below 1 until it is finished.
 * Undefined when nothing is known of the whole.
 */
export function progressOf({ status, total, done }: ProgressSnapshot): number | undefined {
  if (status === "finished" || status === "finalized") return 1;
  if (total === undefined || total <= 0) return undefined;
  return Math.min(done / total, 0.99);
}

/** Seconds that the rest will take at the present rate; undefined when nobody can say. */
export function secondsLeft(snapshot: ProgressSnapshot): number | undefined {
  const { total, done, rate, status } = snapshot;
  if (status === "finished" || status === "finalized") return 0;
  if (total === undefined || !rate) return undefined;
  return Math.max(0, total - done) / rate;
}

// Pure.
/**
 * The progress of a batched migration as text.
 *
 * @module
 */

import { formatNumber } from "../../format/count.ts";
import { formatAge } from "../../format/elapsed_time.ts";
import type { ProgressSnapshot } from "./progress_snapshot.ts";
import { progressOf, secondsLeft } from "./progress.ts";

/** The progress: `63 %, about 4 min left`. */
export function describeProgress(snapshot: ProgressSnapshot): string {
  const part = percentText(snapshot) ?? `${formatNumber(snapshot.done)} rows done`;
  const left = secondsLeft(snapshot);
  return left === undefined || left === 0 ? part : `${part}, about ${formatAge(left)} left`;
}

/** `63 %`; undefined without an estimate. */
export function percentText(snapshot: ProgressSnapshot): string | undefined {
  const part = progressOf(snapshot);
  return part === undefined ? undefined : `${Math.floor(part * 100)} %`;
}

// Pure.
/**
 * Computes a worker's pause under a verdict.
 *
 * @module
 */

import type { ThrottleVerdict } from "./verdict.ts";

/**
 * The share of time that a slowed worker works. Its transactions keep their length, because the
 * number of starts disturbs other sessions more than the duration: a backend that wakes up keeps a
 * processor until the scheduler's next tick. Beside four busy sessions on two processors (Linux 6,
 * ticks of 4 ms), transactions of 100 ms delayed three times as many of their transactions as
 * transactions of 500 ms, at the same rows per second.
 */
const SLOW_DUTY = 0.21;

/** @returns Milliseconds to wait after a sub-batch. */
export function pace(
  { signal }: Pick<ThrottleVerdict, "signal">,
  { workedMs, pauseMs }: { readonly workedMs: number; readonly pauseMs: number },
): number {
  return signal === "full"
    ? pauseMs
    : Math.max(pauseMs, Math.round(workedMs * (1 / SLOW_DUTY - 1)));
}

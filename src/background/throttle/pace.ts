// Pure.
/**
 * How long a worker rests under a verdict.
 *
 * @module
 */

import type { ThrottleVerdict } from "./signal.ts";

/**
 * The part of the time that a slowed worker works. Its transactions stay as long as they are meant to
 * be: what others feel comes from how often it begins, more than from how long it goes on. Each time
 * that a backend wakes up it keeps a processor until the scheduler's next tick, and then gives way to
 * those who woke up since. Beside four busy sessions on two processors (Linux 6, ticks of 4 ms), the
 * same rows per second made three times as many of their transactions late in transactions of 100 ms
 * as in those of 500 ms.
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

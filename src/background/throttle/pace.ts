// Pure.
/**
 * What a verdict means for a worker: how long it pauses, and how short its transactions are.
 *
 * @module
 */

import type { Verdict } from "./signal.ts";

/**
 * The part of the time that a slowed worker works, and the part of the usual time that one of its
 * transactions takes.
 *
 * Seldom for long is better than often for a little: each time that a backend wakes up, it keeps a
 * processor until the scheduler's next tick, and then it gives way to those who woke up since. Beside
 * four busy sessions on two processors (Linux 6, ticks of 4 ms), a third of the rows per second cost
 * their p99 a factor of 1.8 in transactions of 250 ms, and 3.5 in those of 50 to 100 ms. Longer ones
 * would make who waits for a row wait longer than it gains.
 */
const SLOW = { duty: 0.2, target: 0.5 };

/** How a worker goes on after a sub-batch. */
export interface Pace {
  /** Milliseconds to wait. */
  readonly pauseMs: number;
  /** By which the time that one transaction should take is multiplied. */
  readonly targetFactor: number;
}

export function pace(
  { signal }: Pick<Verdict, "signal">,
  { workedMs, pauseMs }: { readonly workedMs: number; readonly pauseMs: number },
): Pace {
  if (signal === "full") return { pauseMs, targetFactor: 1 };
  return { pauseMs: Math.max(pauseMs, workedMs * (1 / SLOW.duty - 1)), targetFactor: SLOW.target };
}

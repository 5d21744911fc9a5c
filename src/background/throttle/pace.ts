// Pure.
/**
 * What a verdict means for a worker: how long it pauses, and how short its transactions are.
 *
 * @module
 */

import type { Verdict } from "./signal.ts";

/**
 * The part of the time that a slowed worker works, and the part of the usual time that one of its
 * transactions takes. Beside four busy sessions on two processors their p99 stays near what it is
 * without us, where full speed makes it two to seven times as long, and a third of the rows are moved.
 */
const SLOW = { duty: 0.4, target: 0.2 };

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

/**
 * A clock by which a worker's pauses take no time.
 *
 * @module
 */

import { type Clock, systemClock } from "../../src/runtime/clock.ts";

/** From here on it is no pause: the look after a query that takes long. */
const LOOK = 30_000;

/** The clock, and the milliseconds of each pause so far. */
export function recordedPauses(): { readonly clock: Clock; readonly pauses: readonly number[] } {
  const pauses: number[] = [];
  const sleep: Clock["sleep"] = (milliseconds, signal) => {
    if (milliseconds >= LOOK) return systemClock.sleep(milliseconds, signal);
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  return { clock: { ...systemClock, sleep }, pauses };
}

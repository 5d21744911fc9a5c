/**
 * Checks that the clocks of host and server agree.
 *
 * @module
 */

import { type CheckResult, lookAtOne, makeCheck, ok, warn } from "../check/check.ts";

/** A measurement, in milliseconds. */
export interface ClockReading {
  /** The server's time minus the host's time in the middle of the round trip. */
  readonly offset: number;
  /** The offset may be wrong by half of this, either way. */
  readonly roundTrip: number;
}

/** Milliseconds of difference to tolerate. */
const TOLERATED = 5_000;

const READINGS = 3;

export const clockCheck = makeCheck({
  name: "clock",
  embedded: false,
  read: async (session, { clock }): Promise<ClockReading> => {
    let best: ClockReading | undefined;
    for (let reading = 0; reading < READINGS; reading++) {
      const [sent, began] = [clock.now(), clock.elapsed()];
      const row = await lookAtOne(
        session,
        "SELECT EXTRACT(epoch FROM pg_catalog.clock_timestamp()) * 1000 AS now",
      );
      const roundTrip = clock.elapsed() - began;
      const offset = Number(row["now"]) - (sent + roundTrip / 2);
      if (best === undefined || roundTrip < best.roundTrip) best = { offset, roundTrip };
    }
    return best!;
  },
  judge: judgeClock,
});

/** Reports only the part of the difference that network delay cannot explain. */
export function judgeClock({ offset, roundTrip }: ClockReading): readonly CheckResult[] {
  const certain = Math.abs(offset) - roundTrip / 2;
  const size = seconds(Math.abs(offset));
  const exactness = `measured to ${seconds(roundTrip / 2)}`;
  if (certain <= TOLERATED) return ok(`host and server differ by ${size} (${exactness})`);
  return warn(
    `the server's clock is ${size} ${
      offset > 0 ? "ahead of" : "behind"
    } this host's (${exactness})`,
    "See which of them is wrong, on both hosts: timedatectl status",
  );
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(milliseconds < 10_000 ? 3 : 0)} s`;
}

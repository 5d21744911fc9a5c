/**
 * The family of hosts that vanish: their packets are lost in the kernel, in both directions.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type FarHost, noFarHost, startFarHost } from "../support/far_host.ts";
import { type Family, type Point, random, type Survival } from "./family.ts";
import { type Lab, startUp } from "./lab.ts";
import { bringUp, endOf, mustBeWhole, mustLeaveNothing, mustTellTheTruth } from "./oracle.ts";

/** Milliseconds within which a run ends by itself, and after a signal, on a busy machine. */
const LIMITS = { alone: 120_000, signalled: 20_000 };

interface Vanishing {
  /** After how many applied migrations of the first database. */
  readonly after: number;
  readonly isSignalled: boolean;
}

export const BLACKHOLE: Family = {
  name: "blackhole",
  what: "the server's host vanishes from the network, without a word to TCP",
  atOnce: 2,
  impossible: noFarHost,
  choose: (_lab, { seed, count = 8 }) => {
    const next = random(seed);
    return Array.from({ length: count }, (_, index): Point => {
      const point = { after: 1 + Math.floor(next() * 20), isSignalled: index % 3 !== 2 };
      return {
        number: index + 1,
        name: `after ${point.after} migrations` + (point.isSignalled ? ", then SIGTERM" : ""),
        strike: (lab) => strike(lab, point),
      };
    });
  },
};

async function strike(lab: Lab, vanishing: Vanishing): Promise<Survival> {
  const host = await startFarHost(lab.server);
  if (host === undefined) throw new Error("the namespace could not be made");
  try {
    return await strikeAt(lab, { host, ...vanishing });
  } finally {
    host.close();
  }
}

function strikeAt(
  lab: Lab,
  { host, after, isSignalled }: Vanishing & { readonly host: FarHost },
): Promise<Survival> {
  return lab.withSubject(async (subject) => {
    const run = startUp({ ...subject, url: host.url(subject.database) }, { timeout: LIMITS.alone });
    await run.printed(new RegExp(`"event":"applied","database":"app","version":"${after}"`));
    host.vanish();
    const began = performance.now();
    if (isSignalled) run.kill("SIGTERM");
    const ended = await run.finished;
    const took = performance.now() - began;
    assert.ok(!isSignalled || took < LIMITS.signalled, `it ended ${took} ms after SIGTERM`);
    // The server learns of it when the relay ends.
    host.close();
    await mustLeaveNothing(subject);
    await mustTellTheTruth(subject, {
      ended,
      allowed: { statuses: isSignalled ? [143] : [3, 5, 6] },
    });
    const mending = await bringUp(subject);
    await mustBeWhole(subject);
    return { mending, ended: endOf(ended), hit: true, lost: 0 };
  });
}

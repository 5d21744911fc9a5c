/**
 * The family of network faults, at any byte of a run.
 *
 * @module
 */

import assert from "node:assert/strict";
import { sleep } from "../support/harness.ts";
import { type Choice, type Family, type Point, random, type Survival } from "./family.ts";
import { type Lab, startUp } from "./lab.ts";
import { bringUp, endOf, mustBeWhole, mustLeaveNothing, mustTellTheTruth } from "./oracle.ts";
import { DIRECTIONS, type NetworkFault, RoughNetwork } from "./rough_network.ts";

/** How many points of each trouble, by default. */
const COUNTS = { truncates: 16, resets: 10, freezes: 16, stalls: 4, dribbles: 2, lags: 2 } as const;

/** Milliseconds within which a run ends by itself, and after a signal, on a busy machine. */
const LIMITS = { alone: 120_000, signalled: 20_000 };

interface NetworkPoint extends Omit<NetworkFault, "after"> {
  /** The part of the run's bytes that passes first. */
  readonly part: number;
  /** Sent SIGTERM when the network has frozen. */
  readonly isSignalled: boolean;
}

export const NETWORK: Family = {
  name: "network",
  what: "freezes, stalls, truncations and resets at any byte, single bytes, late bytes",
  // Most of the time goes by in waiting.
  atOnce: 4,
  choose: (_lab, choice) => choosePoints(choice),
};

function choosePoints({ seed, count }: Choice): readonly Point[] {
  const next = random(seed);
  const all = Object.entries(COUNTS).flatMap(([trouble, number]) =>
    Array.from({ length: number }, (_, index) => ({
      trouble: trouble as keyof typeof COUNTS,
      direction: DIRECTIONS[index % DIRECTIONS.length]!,
      part: next(),
      isSignalled: trouble === "freezes" && index % 4 !== 3,
      order: next(),
    }))
  ).sort((one, other) => one.order - other.order);
  return all.slice(0, count).map(({ order: _, ...point }, index) => ({
    number: index + 1,
    name:
      `${point.trouble} ${point.direction} after ${(100 * point.part).toFixed(1)} % of the bytes` +
      (point.isSignalled ? ", then SIGTERM" : ""),
    strike: (lab) => strike(lab, point),
  }));
}

function strike(lab: Lab, { part, isSignalled, ...fault }: NetworkPoint): Promise<Survival> {
  return lab.withSubject(async (subject) => {
    const { toServer, toClient } = lab.bytes;
    const bytes = fault.direction === "to the server"
      ? toServer
      : fault.direction === "to the client"
      ? toClient
      : toServer + toClient;
    const network = await RoughNetwork.start(lab.server, {
      ...fault,
      after: Math.floor(part * bytes),
    });
    const run = startUp(subject, { port: network.port, timeout: LIMITS.alone });
    let signalled = Infinity;
    if (isSignalled) {
      await Promise.race([network.struck, run.finished]);
      await sleep(200);
      signalled = performance.now();
      run.kill("SIGTERM");
    }
    const ended = await run.finished;
    const took = performance.now() - signalled;
    assert.ok(!(took > LIMITS.signalled), `it ended ${took} ms after SIGTERM`);
    await network.close();
    // What the server had heard may still be committed, and what the run said must be true then, too.
    await mustLeaveNothing(subject);
    const isHarmless = ["stalls", "dribbles", "lags"].includes(fault.trouble);
    await mustTellTheTruth(subject, {
      ended,
      allowed: { statuses: isHarmless ? [0] : isSignalled ? [143, 0, 3, 5, 6] : [0, 3, 5, 6] },
    });
    const mending = await bringUp(subject);
    await mustBeWhole(subject);
    return { mending, ended: endOf(ended), hit: network.hasStruck, lost: 0 };
  });
}

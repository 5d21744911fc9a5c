/**
 * Lanes: each runs one file of tests after another, beside the others, and has servers of its own,
 * because tests make roles and look at all that a server does.
 *
 * @module
 */

import process from "node:process";
import {
  type Cluster,
  coordinatesVariable,
  type Major,
  majors,
  startCluster,
} from "../tests/support/cluster.ts";

/** Runs the work for each item, in order, as soon as a lane is free. */
export async function runInLanes<T>(
  items: readonly T[],
  { lanes, work }: {
    readonly lanes: number;
    readonly work: (item: T, lane: Lane) => Promise<void>;
  },
): Promise<void> {
  const waiting = items.values();
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, async () => {
    const lane = new Lane();
    try {
      for (const item of waiting) await work(item, lane);
    } finally {
      await lane.dispose();
    }
  }));
}

/** One of them. */
export class Lane {
  #servers: Promise<readonly Cluster[]> | undefined;

  /** The variables that lead tests to the servers of this lane, which are started when first asked for. */
  async servers(): Promise<NodeJS.ProcessEnv> {
    this.#servers ??= Promise.all(neededMajors().map((major) => startCluster({ major })));
    const servers = await this.#servers;
    return Object.fromEntries(
      servers.map((server) => [coordinatesVariable(server.major), JSON.stringify(server)]),
    );
  }

  async dispose(): Promise<void> {
    for (const server of await this.#servers ?? []) await server.dispose();
  }
}

/** Those of which no server was handed to us. */
function neededMajors(): readonly Major[] {
  return majors.filter((major) => !process.env[coordinatesVariable(major)]);
}

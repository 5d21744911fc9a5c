/**
 * The family of failovers: the primary stops in the middle of a run, a standby is promoted, and the
 * address moves over to it, with all of the run's WAL or without the end of it.
 *
 * @module
 */

import process from "node:process";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { FORGETFUL } from "../support/forgetful.ts";
import { eventually } from "../support/harness.ts";
import { type Family, type Point, random, type Survival } from "./family.ts";
import { type Lab, startUp } from "./lab.ts";
import {
  bringUp,
  endOf,
  mustBeWhole,
  mustLeaveNothing,
  mustTellTheTruth,
  type Subject,
} from "./oracle.ts";
import { type Moment, Proxy } from "./proxy.ts";

/** What the standby has when it is promoted. */
interface Failover {
  /** The primary's sender of WAL is stopped here; undefined: the standby has everything. */
  readonly cutAt: Moment | undefined;
  /** The primary stops here. */
  readonly at: Moment;
}

export const FAILOVER: Family = {
  name: "failover",
  what: "a standby promoted in the middle of a run, with all of its WAL and without the end of it",
  atOnce: 1,
  choose: ({ seen }, { seed, count = 24 }) => {
    const next = random(seed);
    return Array.from({ length: count }, (_, number): Point => {
      const index = Math.floor(next() * seen.length);
      const at = momentOf(index);
      // Up to thirty queries earlier: a lag of some migrations.
      const lag = number % 2 === 0 ? undefined : 1 + Math.floor(next() * 30);
      const cutAt = lag === undefined ? undefined : momentOf(Math.max(0, index - lag));
      return {
        number: number + 1,
        name: `${lag === undefined ? "with all WAL" : "without the last WAL"}, at query ` +
          `${at.message} of "${at.connection}"`,
        strike: (lab) => strike(lab, { at, cutAt: index === 0 ? undefined : cutAt }),
      };
    });

    function momentOf(index: number): Moment {
      const { connection, message } = seen[index]!;
      return { connection, message, phase: index % 2 === 0 ? "before" : "after", delay: 0 };
    }
  },
};

async function strike(lab: Lab, failover: Failover): Promise<Survival> {
  const primary = await startCluster({
    major: lab.server.major,
    settings: { ...FORGETFUL, wal_level: "replica", max_wal_senders: "4" },
  });
  const database = await primary.createDatabase();
  await primary.stop();
  const standby = await startCluster({
    major: primary.major,
    settings: FORGETFUL,
    standbyOf: primary,
  });
  try {
    await primary.start();
    await eventually(async () => (await primary.sql("postgres", SENDER)).length > 0, {
      what: "the standby's connection to the primary",
    });
    const { directory, expected } = lab;
    const subject = { server: standby, database, directory, expected };
    return await failOver({ primary, standby }, { subject, failover });
  } finally {
    await Promise.all([primary.dispose(), standby.dispose()]);
  }
}

const SENDER = "SELECT pid FROM pg_stat_replication WHERE state = 'streaming'";

async function failOver(
  { primary, standby }: { readonly primary: Cluster; readonly standby: Cluster },
  { subject, failover: { at, cutAt } }: { readonly subject: Subject; readonly failover: Failover },
): Promise<Survival> {
  const proxy = await Proxy.start(primary);
  try {
    let sender: number | undefined;
    let moving: Promise<"pass"> | undefined;
    // The run may end while the standby is promoted.
    const moveOver = () =>
      moving ??= (async () => {
        await stopPrimary(primary, sender);
        await standby.sql("postgres", "SELECT pg_promote()");
        proxy.retarget(standby);
        return "pass" as const;
      })();
    const cut = async () => {
      const [row] = await primary.sql("postgres", SENDER);
      sender = Number(row?.["pid"]);
      process.kill(sender, "SIGSTOP");
      proxy.trap(at, moveOver);
      return "pass" as const;
    };
    if (cutAt === undefined) proxy.trap(at, moveOver);
    else proxy.trap(cutAt, cut);
    const ended = await startUp(subject, { port: proxy.port, timeout: 120_000 }).finished;
    const hit = moving !== undefined;
    await moveOver();
    await mustLeaveNothing(subject);
    const lost = await mustTellTheTruth(subject, {
      ended,
      allowed: hit && cutAt === undefined
        ? { statuses: [0, 3, 5, 6] }
        // What a standby never had is lost for everybody; a run that goes on must not build on it.
        : { statuses: hit ? [0, 3, 5, 6] : [0], mayLose: "anything" },
    });
    const mending = await bringUp(subject);
    await mustBeWhole(subject);
    return { mending, ended: endOf(ended), hit, lost };
  } finally {
    await proxy.close();
  }
}

/** In time for the standby to get everything; or at once, if its sender is stopped. */
async function stopPrimary(primary: Cluster, sender: number | undefined): Promise<void> {
  if (sender === undefined) return await primary.stop("fast");
  const stopped = primary.stop("immediate");
  // A stopped process hears nothing but this.
  process.kill(sender, "SIGKILL");
  await stopped;
}

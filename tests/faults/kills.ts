/**
 * The family of sudden ends: of migrator, of one of its backends, of the server; at each query of a run.
 *
 * @module
 */

import type { Running } from "../support/command.ts";
import { eventually } from "../support/harness.ts";
import type { Family, Survival } from "./family.ts";
import {
  type Blow,
  chooseKills,
  describeKill,
  type KillPoint,
  lockName,
  workName,
} from "./kill_points.ts";
import { type Lab, startUp } from "./lab.ts";
import { bringUp, endOf, mustBeWhole, mustTellTheTruth, type Subject } from "./oracle.ts";
import { Proxy } from "./proxy.ts";

export const KILLS: Family = {
  name: "kills",
  what: "migrator killed, a backend terminated, the server stopped at once, at each query of a run",
  atOnce: 1,
  choose: ({ seen }, choice) =>
    chooseKills(seen, choice).map((point) => ({
      number: point.number,
      name: describeKill(point),
      strike: (lab) => strike(lab, point),
    })),
};

function strike(lab: Lab, point: KillPoint): Promise<Survival> {
  return lab.withSubject(async (subject) => {
    const { hit, lost, ended } = await runStruck(lab, { subject, blow: point });
    if (point.then) await runStruck(lab, { subject, blow: point.then });
    const mending = await bringUp(subject);
    await mustBeWhole(subject);
    return { mending, ended, hit, lost };
  });
}

async function runStruck(
  lab: Lab,
  { subject, blow }: { readonly subject: Subject; readonly blow: Blow },
): Promise<Pick<Survival, "hit" | "lost" | "ended">> {
  const proxy = await Proxy.start(lab.server);
  try {
    const run = startUp(subject, { port: proxy.port });
    let struck: Promise<"forget" | "pass"> | undefined;
    proxy.trap(blow.moment, () => struck = cause(lab, { blow, run, proxy }));
    const ended = await run.finished;
    await struck;
    const hit = struck !== undefined;
    const { fault } = blow;
    const lost = await mustTellTheTruth(subject, {
      ended,
      allowed: {
        isKilled: fault === "kill" && hit,
        statuses: [0, 3, 5, 6],
        mayLose: fault === "crash" ? "what is not durable" : "nothing",
      },
    });
    return { hit, lost, ended: endOf(ended) };
  } finally {
    await proxy.close();
  }
}

async function cause(
  { server }: Lab,
  { blow: { fault, database, isLate }, run, proxy }: {
    readonly blow: Blow;
    readonly run: Running;
    readonly proxy: Proxy;
  },
): Promise<"forget" | "pass"> {
  if (fault === "kill") {
    run.kill("SIGKILL");
    await run.finished;
    return isLate ? "pass" : "forget";
  }
  if (fault === "crash") {
    await server.stop("immediate");
    // At once: a run looks for a while whether the server comes back.
    await server.start();
    return "pass";
  }
  const name = fault === "terminate-work" ? workName : lockName;
  const pid = proxy.backendOf(name(database)) ?? 0;
  // It may have ended by itself already.
  await server.sql("postgres", `SELECT pg_terminate_backend(${pid})`);
  await eventually(async () => {
    const rows = await server.sql("postgres", `SELECT FROM pg_stat_activity WHERE pid = ${pid}`);
    return rows.length === 0;
  }, { what: `the end of backend ${pid}` });
  return "pass";
}

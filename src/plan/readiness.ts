// Pure.
/**
 * Decides whether a database is in the state that a program needs.
 *
 * @module
 */

import type { Listed } from "../definition/layouts/listed.ts";
import { appliedVersions, type History } from "../history/history.ts";
import { migrationLabel, unknownApplied } from "./plan.ts";

/** The part of a graph that readiness needs. */
export interface RequiredVersions {
  readonly ordered: readonly Listed[];
  get(version: bigint): Listed | undefined;
}

/** Whether a database is ready for a program with the graph. */
export type Readiness =
  | {
    readonly ready: true;
    /** Versions that a newer program applied, ascending; they do not prevent readiness. */
    readonly newer: readonly bigint[];
  }
  | {
    readonly ready: false;
    readonly reason: "no-history" | "pending" | "dirty" | "running";
    /** A clause without a full stop. */
    readonly why: string;
    /** The next command to type. */
    readonly hint: string;
  };

/**
 * A database is ready when every migration of the graph is applied. Other versions, applied or running,
 * belong to newer programs and are ignored.
 */
export function readiness(
  { database, graph, history }: {
    readonly database: string;
    readonly graph: RequiredVersions;
    readonly history: History;
  },
): Readiness {
  const applied = appliedVersions(history);
  const missing = graph.ordered.filter(({ version }) => !applied.has(version));
  const [next] = missing;
  if (next === undefined) return { ready: true, newer: unknownApplied({ graph, history }) };
  if (!history.installed) {
    return {
      ready: false,
      reason: "no-history",
      why: "nothing was ever applied to it",
      hint: `Bring it up to date: migrator up --db ${database}`,
    };
  }
  const stateOf = (version: bigint) => history.versions.get(version)?.state;
  const dirty = missing.find(({ version }) => stateOf(version) === "dirty");
  if (dirty !== undefined) {
    return {
      ready: false,
      reason: "dirty",
      why: `the last attempt at ${migrationLabel(dirty)} was cut off or failed half-way`,
      hint: `Look at what it did: migrator describe ${dirty.version} --db ${database}`,
    };
  }
  const running = missing.find(({ version }) => stateOf(version) === "running");
  return {
    ready: false,
    reason: running === undefined ? "pending" : "running",
    why: `${missing.length} of ${graph.ordered.length} migrations ` +
      (running === undefined
        ? `are not applied; the next is ${migrationLabel(next)}`
        : `are not applied; ${migrationLabel(running)} is being run`),
    hint: `See what is missing: migrator status --pending --db ${database}`,
  };
}

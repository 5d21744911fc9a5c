/**
 * Situations for planners, written in a line each.
 *
 * @module
 */

import type { Definition, Script } from "../../../src/definition/migration/definition.ts";
import { Failure } from "../../../src/failure.ts";
import { buildGraph } from "../../../src/graph/graph.ts";
import type { StateName, VersionState } from "../../../src/history/history.ts";
import type { Plan, PlanInput } from "../../../src/plan/plan.ts";

/** What may be different about one definition. */
export interface Special {
  readonly irreversible?: string;
  readonly hasDown?: boolean;
  /** Its up script is one concurrent build of an index with this name, its down a concurrent drop. */
  readonly index?: string;
}

/** `{ 1: [], 2: [1] }`: parents by version. `{ 1: "applied" }`: what the history says, up unless told. */
export function situation(
  parents: Readonly<Record<number, readonly number[]>>,
  states: Readonly<Record<number, StateName | `${StateName} down`>> = {},
  special: Readonly<Record<number, Special>> = {},
): PlanInput {
  const definitions = Object.entries(parents).map(([version, list]) =>
    definition(Number(version), list, special[Number(version)] ?? {})
  );
  const versions = Object.entries(states).map(([version, state]): [bigint, VersionState] => {
    const [name, direction] = state.split(" ") as [StateName, "down" | undefined];
    return [BigInt(version), {
      version: BigInt(version),
      state: name,
      direction: direction ?? "up",
    }];
  });
  return {
    database: "app",
    graph: buildGraph(definitions, { database: "app" }),
    history: { installed: true, durable: true, versions: new Map(versions) },
  };
}

/** One definition, with scripts of a statement each. */
export function definition(
  version: number,
  parents: readonly number[],
  special: Special = {},
): Definition {
  const { irreversible, index } = special;
  return {
    version: BigInt(version),
    name: `m${version}`,
    parents: parents.map(BigInt),
    metadata: {
      privileged: false,
      nonIdempotent: false,
      ...(irreversible === undefined ? {} : { irreversible }),
    },
    up: script(version, "up", index),
    down: special.hasDown === false ? undefined : script(version, "down", index),
  };
}

function script(version: number, direction: "up" | "down", index?: string): Script {
  const concurrentIndex = {
    name: index,
    schema: undefined,
    table: "t",
    unique: false,
    ifNotExists: false,
    tail: 0,
  };
  return {
    path: `app/${version}_m${version}/${direction}.sql`,
    checksum: `${direction} ${version}`,
    rawChecksum: "",
    transaction: index === undefined ? "single" : "none",
    statements: [{
      start: 0,
      end: 1,
      ...(index === undefined
        ? {}
        : direction === "up"
        ? { outside: "CREATE INDEX CONCURRENTLY", concurrentIndex }
        : { outside: "DROP INDEX CONCURRENTLY" }),
    }],
    read: () => Promise.resolve(""),
  };
}

/** `+1 +2 -3`. */
export function written({ steps }: Plan): string {
  return steps.map((step) => `${step.direction === "up" ? "+" : "-"}${step.definition.version}`)
    .join(" ");
}

/** The steps of a plan, or the code of the failure in its place. */
export function outcome(plan: () => Plan): string {
  try {
    return written(plan());
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
}

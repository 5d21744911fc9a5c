// Pure.
/**
 * Plans the way to the migrations of a release: back from what it lacks, and forward to what it has.
 *
 * Only what the history says is applied counts. An applied descendant does not imply it, so releases may
 * have been built out of order, backported or squashed.
 *
 * @module
 */

import type { Definition, Direction } from "../definition/migration/definition.ts";
import { Failure, failuresIn } from "../failure.ts";
import type { Graph } from "../graph/graph.ts";
import { appliedVersions, type History, isIncomplete } from "../history/history.ts";
import {
  type Plan,
  type PlanInput,
  refuseDefects,
  refuseDirty,
  refuseUndefined,
  type Step,
  stepOf,
} from "./plan.ts";

/** The versions that a release consists of. */
export type Contents = ReadonlySet<bigint>;

/** One migration on the way, and what keeps it from being run. */
export interface WayStep {
  readonly definition: Definition;
  readonly direction: Direction;
  /** Undefined when it has no script that could be run. */
  readonly step: Step | undefined;
  /** Why it cannot be run; empty when it can. */
  readonly obstacles: readonly Failure[];
}

/** The steps to a release, in the order in which they would run, also those that cannot. */
export interface Way {
  readonly database: string;
  readonly steps: readonly WayStep[];
}

/**
 * The way to a release: first everything that is applied and does not belong to it is reverted,
 * children before parents; then everything of it that is not applied is applied.
 *
 * @throws {Failure} `history/definition-missing`, `plan/other-release`.
 */
export function wayBack(input: PlanInput, contents: Contents): Way {
  const { database, graph } = input;
  const leaving = versionsToRevert(input.history, contents);
  refuseOtherProduct(input, { leaving, contents });
  refuseUndefined(input, leaving);
  const back = graph.ordered.filter(({ version }) => leaving.has(version)).toReversed();
  const applied = appliedVersions(input.history);
  const forward = graph.ordered.filter(({ version }) =>
    contents.has(version) && !applied.has(version) && !leaving.has(version)
  );
  return {
    database,
    steps: [
      ...back.map((definition) => wayStep(input, { definition, direction: "down" })),
      ...forward.map((definition) => wayStep(input, { definition, direction: "up" })),
    ],
  };
}

/**
 * Plans the way to a release.
 *
 * @throws {Failure} What keeps the first step that cannot be run from being run, such as
 * `plan/irreversible` or `history/dirty`; `history/definition-missing`.
 */
export function planRollback(input: PlanInput, contents: Contents): Plan {
  return planOf(wayBack(input, contents));
}

/** @throws {Failure} The first obstacle on the way. */
export function planOf({ database, steps }: Way): Plan {
  const [obstacle] = steps.flatMap(({ obstacles }) => obstacles);
  if (obstacle !== undefined) throw obstacle;
  return { database, steps: steps.flatMap(({ step }) => step === undefined ? [] : [step]) };
}

/**
 * Plans the way forward to a release. What is applied and does not belong to it stays.
 *
 * @throws {Failure} `history/dirty`. Defects are the caller's to refuse, with `refuseDefects`.
 */
export function planUpgrade(input: PlanInput, contents: Contents): Plan {
  const { database, graph, history } = input;
  const applied = appliedVersions(history);
  const steps = graph.ordered
    .filter(({ version }) => contents.has(version) && !applied.has(version))
    .map((definition) => stepOf(definition, { database, direction: "up" }));
  refuseDirty(input, steps);
  return { database, steps };
}

/** What is applied, also in part, and does not belong to a release. */
export function versionsToRevert(history: History, contents: Contents): ReadonlySet<bigint> {
  return new Set(
    [...history.versions.values()]
      .filter((known) => known.state === "applied" || isIncomplete(known))
      .map(({ version }) => version)
      .filter((version) => !contents.has(version)),
  );
}

/**
 * What belongs to a release although it is not among its migrations: what a squash has replaced. A
 * squash gives the definition that it leaves other contents, and takes away its ancestors.
 *
 * @param carried The migrations of the release, as the program at hand has them.
 */
export function squashedVersions(
  carried: Graph<Definition>,
  { history, storedParents }: {
    readonly history: History;
    /** The parents that each version had when it was applied. */
    readonly storedParents: ReadonlyMap<bigint, readonly bigint[]>;
  },
): ReadonlySet<bigint> {
  const squashed = new Set<bigint>();
  const add = (versions: readonly bigint[]) => {
    for (const version of versions) {
      if (carried.get(version) === undefined) squashed.add(version);
    }
  };
  for (const definition of carried.ordered) {
    const isRoot = definition.parents.length === 0;
    if (isRoot || isRewritten(definition, history)) {
      add(storedParents.get(definition.version) ?? []);
    }
  }
  // The set grows while it is walked.
  for (const version of squashed) add(storedParents.get(version) ?? []);
  return squashed;
}

/** Whether a migration was applied with other statements than it has now. */
export function isRewritten(
  { version, up, upChecksum }: Definition,
  history: History,
): boolean {
  const found = history.versions.get(version);
  return found?.state === "applied" && found.direction === "up" &&
    found.checksum !== (upChecksum ?? up.checksum);
}

/**
 * Releases of one product have migrations in common; without any, everything would be reverted. A
 * release that does not have the database is meant.
 */
function refuseOtherProduct(
  { database, history }: PlanInput,
  { leaving, contents }: { readonly leaving: ReadonlySet<bigint>; readonly contents: Contents },
): void {
  const isShared = [...appliedVersions(history)].some((version) => contents.has(version));
  if (leaving.size === 0 || contents.size === 0 || isShared) return;
  throw new Failure(
    "plan/other-release",
    `Database "${database}" has applied ${leaving.size} migrations, and none of them belongs to ` +
      "the release that it is to be taken back to.",
    {
      hint: "Nothing was run. Check that this is the right database and the right executable: " +
        `migrator status --db ${database}`,
      facts: { database, applied: leaving.size },
    },
  );
}

function wayStep(
  input: PlanInput,
  { definition, direction }: { readonly definition: Definition; readonly direction: Direction },
): WayStep {
  const { database } = input;
  try {
    const step = stepOf(definition, { database, direction });
    refuseDefects([step]);
    return { definition, direction, step, obstacles: dirtiness(input, step) };
  } catch (error) {
    return { definition, direction, step: undefined, obstacles: failuresIn(error) };
  }
}

function dirtiness(input: PlanInput, step: Step): readonly Failure[] {
  try {
    refuseDirty(input, [step]);
    return [];
  } catch (error) {
    return failuresIn(error);
  }
}

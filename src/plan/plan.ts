// Pure.
/**
 * A plan: the steps to run, in order. It is made before anything runs.
 *
 * @module
 */

import type { Definition, Direction, Script } from "../definition/migration/definition.ts";
import { Failure, throwCollected } from "../failure.ts";
import type { Graph } from "../graph/graph.ts";
import { appliedVersions, type History, isIncomplete } from "../history/history.ts";

/** One script to run: the up or down script of a migration. */
export interface Step {
  /** The migration. */
  readonly definition: Definition;
  /** Whether it is applied or rolled back. */
  readonly direction: Direction;
  /** Its script for that direction, or a squash. */
  readonly script: Script;
  /** With a squash: what it makes besides, and what is recorded with it. */
  readonly squashed?: readonly Definition[];
}

/** Steps in the order in which they run. Empty when there is nothing to do. */
export interface Plan {
  /** The database of the product. */
  readonly database: string;
  /** In the order in which they run. */
  readonly steps: readonly Step[];
}

/** The input of every planner. */
export interface PlanInput {
  /** The database of the product. */
  readonly database: string;
  /** The definitions at hand; for a rollback, also those stored only in the database. */
  readonly graph: Graph<Definition>;
  /** The history of the database. */
  readonly history: History;
}

/**
 * The definition of a version that a person named.
 *
 * @throws {Failure} `plan/unknown-target`.
 */
export function findTarget(
  { graph, database }: Pick<PlanInput, "graph" | "database">,
  version: bigint,
): Definition {
  const definition = graph.get(version);
  if (definition) return definition;
  const close = graph.ordered.map((d) => d.version)
    .filter((v) => String(v).startsWith(String(version)) || String(v).endsWith(String(version)));
  throw new Failure(
    "plan/unknown-target",
    `Database "${database}" has no migration ${version}.`,
    {
      hint: close.length > 0 && close.length <= 5
        ? `Did you mean ${close.join(" or ")}?`
        : `See the versions there are: migrator status --db ${database}`,
      facts: { database, version: String(version) },
    },
  );
}

/**
 * Makes a step.
 *
 * @throws {Failure} `plan/irreversible` for a down that does not exist.
 * @throws {Failure | Failures} `definition/*` for a down that has defects.
 */
export function stepOf(
  definition: Definition,
  { database, direction }: { readonly database: string; readonly direction: Direction },
): Step {
  if (direction === "up") return { definition, direction, script: definition.up };
  throwCollected(definition.defects?.down ?? []);
  const { irreversible } = definition.metadata;
  if (irreversible !== undefined || definition.down === undefined) {
    throw new Failure(
      "plan/irreversible",
      `Migration ${migrationLabel(definition)} of "${database}" cannot be taken back: ${
        irreversible ?? "it has no down script"
      }.`,
      {
        hint:
          "Nothing was run. Choose a target that keeps this migration. (A backup from before it " +
          "would lack everything written since.)",
        place: { file: definition.up.path },
        facts: { database, version: String(definition.version) },
      },
    );
  }
  return { definition, direction, script: definition.down };
}

/**
 * Refuses ways up that have defects.
 *
 * @throws {Failure | Failures} `definition/*`: all of them.
 */
export function refuseDefects(steps: readonly Step[]): void {
  const ups = steps.filter(({ direction }) => direction === "up");
  throwCollected(ups.flatMap(({ definition }) => definition.defects?.up ?? []));
}

/** Versions that are applied although no definition at hand has them, ascending. */
export function unknownApplied(
  { graph, history }: {
    readonly graph: { get(version: bigint): unknown };
    readonly history: History;
  },
): readonly bigint[] {
  return [...appliedVersions(history)].filter((version) => graph.get(version) === undefined)
    .sort((a, b) => a < b ? -1 : 1);
}

/**
 * Refuses a way back over migrations whose down scripts nobody has.
 *
 * @param versions The versions to revert.
 * @throws {Failure} `history/definition-missing`.
 */
export function refuseUndefined(
  { database, graph }: Pick<PlanInput, "graph" | "database">,
  versions: Iterable<bigint>,
): void {
  const missing = [...versions].filter((version) => graph.get(version) === undefined);
  if (missing.length === 0) return;
  throw new Failure(
    "history/definition-missing",
    `Cannot plan a way back in database "${database}": it has applied ${missing.join(", ")}, ` +
      "of which neither this program nor the database keeps a definition.",
    {
      hint: "Use the executable, or --migrations directory, that applied them.",
      facts: { database, versions: missing.map(String) },
    },
  );
}

/** `1650000100 add_users`. */
export function migrationLabel({ version, name }: Pick<Definition, "version" | "name">): string {
  return name ? `${version} (${name})` : String(version);
}

/**
 * Refuses steps of dirty migrations, which need a person first.
 *
 * Self-repairing scripts are allowed, up or down: the runner inspects what the previous attempt left,
 * keeps what is complete, and finishes or repeats the rest.
 *
 * @throws {Failure} `history/dirty`.
 */
export function refuseDirty(input: PlanInput, steps: readonly Step[]): void {
  const { database, history } = input;
  const stuck = steps.filter(({ definition }) => {
    const known = history.versions.get(definition.version);
    if (known === undefined || !isIncomplete(known)) return false;
    const interrupted = definition[known.direction];
    return interrupted === undefined || !isSelfRepairing(interrupted);
  });
  const [first] = stuck;
  if (first === undefined) return;
  const versions = stuck.map(({ definition }) => migrationLabel(definition)).join(", ");
  throw new Failure(
    "history/dirty",
    `Cannot go on with database "${database}": the last attempt at ${versions} ran outside a ` +
      "transaction and did not finish, so a part of it may be in the database.",
    {
      hint: `migrator repair ${first.definition.version} --db ${database}`,
      place: { file: first.script.path },
      facts: { database, versions: stuck.map(({ definition }) => String(definition.version)) },
    },
  );
}

/**
 * True for a script of exactly one statement whose leftovers can be recognised and finished: a
 * concurrent build or drop of an index, REINDEX, DETACH PARTITION CONCURRENTLY.
 */
export function isSelfRepairing({ statements }: Script): boolean {
  const [only, ...others] = statements;
  if (only === undefined || others.length > 0) return false;
  return only.concurrentIndex !== undefined || only.resumable !== undefined ||
    // Bundles of earlier versions have no more details of a DROP INDEX.
    only.outside === "DROP INDEX CONCURRENTLY";
}

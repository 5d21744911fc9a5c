// Pure.
/**
 * Finds defects that keep a set of migrations from having an order.
 *
 * @module
 */

import { compareVersions, type Lineage } from "../definition/migration/version.ts";
import { Failure, type Place } from "../failure.ts";

/** Options of the check. */
export interface GraphOptions {
  /** The database's name, for messages. */
  readonly database: string;
  /** Default "refuse": unknown parents, no root or several roots are defects. */
  readonly gaps?: "refuse" | "allow";
  /** The place where a migration is declared, or where it names this parent. */
  readonly placeOf?: (version: bigint, parent?: bigint) => Place | undefined;
}

/** Every defect of a set. */
export function graphDefects(
  definitions: readonly Lineage[],
  { database, gaps = "refuse", placeOf = () => undefined }: GraphOptions,
): readonly Failure[] {
  const defects: Failure[] = [];
  const place = (version: bigint, parent?: bigint) => {
    const place = placeOf(version, parent);
    return place === undefined ? {} : { place };
  };
  const byVersion = new Map<bigint, Lineage>();
  for (const definition of definitions) {
    const { version } = definition;
    if (byVersion.has(version)) {
      defects.push(
        new Failure("graph/duplicate-version", `${database} has two migrations ${version}.`, {
          hint: "Give one of them another version.",
          ...place(version),
        }),
      );
    }
    byVersion.set(version, definition);
  }
  if (gaps === "refuse") {
    for (const { version, parents } of definitions) {
      for (const parent of parents) {
        if (byVersion.has(parent)) continue;
        defects.push(
          new Failure(
            "graph/unknown-parent",
            `Migration ${version} of ${database} names the parent ${parent}, which does not exist.`,
            {
              hint: `Add migration ${parent}, or name the migration that comes before ${version}.`,
              ...place(version, parent),
            },
          ),
        );
      }
    }
    defects.push(...rootDefects(byVersion, { database, place }));
  }
  for (const cycle of cycles(byVersion)) {
    const [first, second] = cycle;
    const drawn = [...cycle, first].join(" -> ");
    defects.push(
      new Failure(
        "graph/cycle",
        `Migrations of ${database} wait for each other: ${drawn}, each being a parent of the next.`,
        {
          hint: `Remove one of these parents, such as ${first} from migration ${second ?? first}.`,
          ...place(second ?? first, first),
          facts: { cycle: [...cycle, first].map(String) },
        },
      ),
    );
  }
  return defects;
}

function rootDefects(
  byVersion: ReadonlyMap<bigint, Lineage>,
  { database, place }: {
    readonly database: string;
    readonly place: (version: bigint) => { readonly place?: Place };
  },
): readonly Failure[] {
  if (byVersion.size === 0) return [];
  const versions = [...byVersion.keys()].sort(compareVersions);
  const roots = versions.filter((version) => byVersion.get(version)!.parents.length === 0);
  const [smallest] = versions;
  const [, second] = roots;
  if (roots.length === 0) {
    return [
      new Failure("graph/no-root", `No migration of ${database} is the first: all name parents.`, {
        hint: "Write `parents: []` for the one that comes before all others.",
        ...place(smallest!),
      }),
    ];
  }
  if (second === undefined) return [];
  return [
    new Failure(
      "graph/several-roots",
      `${database} has ${roots.length} migrations without parents: ${roots.join(", ")}.`,
      {
        hint: `Only the first may have none: name the parents of ${roots.slice(1).join(", ")}.`,
        ...place(second),
        facts: { roots: roots.map(String) },
      },
    ),
  ];
}

type Cycle = readonly [bigint, ...bigint[]];

/**
 * Cycles that share no migration. Each begins at its smallest version, a parent before its child.
 * Searches depth first along the parents, without recursion: histories are long.
 */
function cycles(byVersion: ReadonlyMap<bigint, Lineage>): readonly Cycle[] {
  const found: Cycle[] = [];
  const finished = new Set<bigint>();
  for (const start of [...byVersion.keys()].sort(compareVersions)) {
    if (finished.has(start)) continue;
    const path = [{ version: start, next: 0 }];
    const onPath = new Set([start]);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const parent = byVersion.get(top.version)!.parents[top.next++];
      if (parent === undefined) {
        path.pop();
        onPath.delete(top.version);
        finished.add(top.version);
      } else if (onPath.has(parent)) {
        const versions = path.map(({ version }) => version);
        found.push(smallestFirst(versions.slice(versions.indexOf(parent)).reverse()));
        for (const version of versions) finished.add(version);
        break;
      } else if (byVersion.has(parent) && !finished.has(parent)) {
        path.push({ version: parent, next: 0 });
        onPath.add(parent);
      }
    }
  }
  return found;
}

function smallestFirst(cycle: readonly bigint[]): Cycle {
  const at = cycle.indexOf([...cycle].sort(compareVersions)[0]!);
  return [...cycle.slice(at), ...cycle.slice(0, at)] as unknown as Cycle;
}

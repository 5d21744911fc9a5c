// Pure.
/**
 * Orders migrations by their parents.
 *
 * @module
 */

import { compareVersions, type Lineage } from "../definition/migration/version.ts";
import { throwCollected } from "../failure.ts";
import { graphDefects, type GraphOptions } from "./defects.ts";
import { VersionHeap } from "./version_heap.ts";

/** Migrations and their parents. Immutable. */
export interface Graph<T extends Lineage> {
  /** Parents before children, ties by ascending version, so each set has exactly one order. */
  readonly ordered: readonly T[];
  /**
   * The version without parents; undefined when gaps are allowed and there is not exactly one root.
   */
  readonly root: bigint | undefined;
  /** Versions without children, ascending. */
  readonly leaves: readonly bigint[];
  /** The definition of a version; undefined when it is not in the graph. */
  get(version: bigint): T | undefined;
  /** These versions and all their ancestors. Versions that are not in the graph are ignored. */
  ancestors(versions: Iterable<bigint>): ReadonlySet<bigint>;
  /** These versions and all their descendants. Versions that are not in the graph are ignored. */
  descendants(versions: Iterable<bigint>): ReadonlySet<bigint>;
}

/**
 * Orders definitions. A parent may have a larger version than its child.
 *
 * @throws {Failure | Failures} `graph/*`: every defect of the set. With gaps allowed, as for stored
 * definitions, unknown parents and any number of roots are accepted.
 */
export function buildGraph<T extends Lineage>(
  definitions: readonly T[],
  options: GraphOptions,
): Graph<T> {
  throwCollected(graphDefects(definitions, options));
  const byVersion = new Map(definitions.map((definition) => [definition.version, definition]));
  const children = new Map<bigint, bigint[]>(definitions.map(({ version }) => [version, []]));
  for (const { version, parents } of definitions) {
    for (const parent of parents) children.get(parent)?.push(version);
  }
  const known = (versions: readonly bigint[]) =>
    versions.filter((version) => byVersion.has(version));
  const parentsOf = (version: bigint) => known(byVersion.get(version)!.parents);
  const roots = definitions.filter(({ version }) => parentsOf(version).length === 0);
  const ordered = order(byVersion, { children, parentsOf });
  return {
    ordered,
    root: roots.length === 1 ? roots[0]!.version : undefined,
    leaves: [...byVersion.keys()].filter((version) => children.get(version)!.length === 0)
      .sort(compareVersions),
    get: (version) => byVersion.get(version),
    ancestors: (versions) => reach(known([...versions]), parentsOf),
    descendants: (versions) => reach(known([...versions]), (version) => children.get(version)!),
  };
}

interface Edges {
  readonly children: ReadonlyMap<bigint, readonly bigint[]>;
  readonly parentsOf: (version: bigint) => readonly bigint[];
}

/** Repeatedly takes the smallest version whose parents have all been taken. */
function order<T>(byVersion: ReadonlyMap<bigint, T>, { children, parentsOf }: Edges): readonly T[] {
  const waiting = new Map<bigint, number>();
  const ready = new VersionHeap();
  for (const version of byVersion.keys()) {
    const parents = parentsOf(version).length;
    if (parents === 0) ready.push(version);
    else waiting.set(version, parents);
  }
  const ordered: T[] = [];
  for (let version = ready.pop(); version !== undefined; version = ready.pop()) {
    ordered.push(byVersion.get(version)!);
    for (const child of children.get(version)!) {
      const left = waiting.get(child)! - 1;
      waiting.set(child, left);
      if (left === 0) ready.push(child);
    }
  }
  return ordered;
}

function reach(
  from: readonly bigint[],
  next: (version: bigint) => readonly bigint[],
): ReadonlySet<bigint> {
  const reached = new Set(from);
  for (const version of reached) {
    for (const neighbour of next(version)) reached.add(neighbour);
  }
  return reached;
}

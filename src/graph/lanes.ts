// Pure.
/**
 * Arranges a graph in lanes, as `git log --graph` does, for drawings with coordinates.
 *
 * @module
 */

import { compareVersions, type Lineage } from "../definition/migration/version.ts";
import type { Graph } from "./graph.ts";

/** A migration in its lane, and the lines that lead from its row to the next one. */
export interface LaneRow<T> {
  readonly migration: T;
  /** From 0. */
  readonly lane: number;
  /** Lines from a lane of this row to a lane of the next row, which is older. */
  readonly lines: readonly (readonly [from: number, to: number])[];
}

/** A row for each migration, the newest first, and the number of lanes. */
export interface LaneDrawing<T> {
  readonly rows: readonly LaneRow<T>[];
  readonly lanes: number;
}

/** Each lane leads down to the version that it waits for; a row takes that one's leftmost lane. */
export function arrangeInLanes<T extends Lineage>(graph: Graph<T>): LaneDrawing<T> {
  const rows: LaneRow<T>[] = [];
  let waiting: readonly bigint[] = [];
  let lanes = 0;
  for (const migration of graph.ordered.toReversed()) {
    const { version } = migration;
    const here = waiting.includes(version) ? waiting : [...waiting, version];
    const lane = here.indexOf(version);
    lanes = Math.max(lanes, here.length);
    const parents = migration.parents.filter((parent) => graph.get(parent) !== undefined)
      .toSorted(compareVersions);
    // The parents take the place of the migration; a version that several lanes wait for, one lane.
    const next = [
      ...new Set(here.flatMap((one, index) => {
        if (index === lane) return parents;
        return one === version ? [] : [one];
      })),
    ];
    const lines = here.flatMap((one, from) => {
      const targets = one === version ? (from === lane ? parents : []) : [one];
      return targets.map((target) => [from, next.indexOf(target)] as const);
    });
    rows.push({ migration, lane, lines });
    waiting = next;
  }
  return { rows, lanes };
}

// Pure.
/**
 * Plans the pending migrations.
 *
 * @module
 */

import { appliedVersions } from "../history/history.ts";
import { findTarget, type Plan, type PlanInput, refuseDirty, stepOf } from "./plan.ts";

/**
 * All pending migrations of the graph, or of the targets and their ancestors. Each version's own state
 * decides; an applied descendant does not imply it.
 *
 * @param targets Versions; none for all.
 * Defects of what would run are the caller's to refuse, with `refuseDefects`.
 *
 * @throws {Failure} `plan/unknown-target`, `history/dirty`.
 */
export function planUp(input: PlanInput, targets: readonly bigint[] = []): Plan {
  const { database, graph, history } = input;
  for (const target of targets) findTarget(input, target);
  const wanted = targets.length === 0 ? undefined : graph.ancestors(targets);
  const applied = appliedVersions(history);
  const steps = graph.ordered
    .filter(({ version }) => !applied.has(version) && (wanted?.has(version) ?? true))
    .map((definition) => stepOf(definition, { database, direction: "up" }));
  refuseDirty(input, steps);
  return { database, steps };
}

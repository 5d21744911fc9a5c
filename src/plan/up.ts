// Pure.
/**
 * The way up.
 *
 * @module
 */

import { appliedVersions } from "../history/state.ts";
import { findTarget, type Plan, refuseDirty, type Situation, stepOf } from "./plan.ts";

/**
 * Everything that is not applied yet: of the whole graph, or of the targets and their ancestors.
 * "Applied" is looked up for each version; it is never concluded from a descendant.
 *
 * @param targets Versions; none for all.
 * @throws {Failure} `plan/unknown-target`, `history/dirty`.
 */
export function planUp(situation: Situation, targets: readonly bigint[] = []): Plan {
  const { database, graph, history } = situation;
  for (const target of targets) findTarget(situation, target);
  const wanted = targets.length === 0 ? undefined : graph.ancestors(targets);
  const applied = appliedVersions(history);
  const steps = graph.ordered
    .filter(({ version }) => !applied.has(version) && (wanted?.has(version) ?? true))
    .map((definition) => stepOf(definition, { database, direction: "up" }));
  refuseDirty(situation, steps);
  return { database, steps };
}

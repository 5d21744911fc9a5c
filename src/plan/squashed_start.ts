// Pure.
/**
 * How a new database begins: with a squash, where there is one.
 *
 * @module
 */

import type { Script, Squash } from "../definition/migration/definition.ts";
import { findTarget, type Plan, type PlanInput } from "./plan.ts";

/**
 * The squash that a plan may begin with: that of the most migrations, all of which the plan runs, in a
 * database where none of them was ever tried with any effect. A database that has begun the old way goes
 * on that way.
 */
export function usableSquash(
  { graph, history }: PlanInput,
  { plan, squashes }: { readonly plan: Plan; readonly squashes: readonly Squash[] },
): Squash | undefined {
  const planned = new Set(plan.steps.map(({ definition }) => definition.version));
  const isNew = (version: bigint) => {
    const known = history.versions.get(version);
    return planned.has(version) && (known === undefined || known.state === "failed");
  };
  return squashes
    .map((squash) => ({ squash, versions: [...graph.ancestors([squash.version])] }))
    .filter(({ versions }) => versions.length > 0 && versions.every(isNew))
    .sort((a, b) => b.versions.length - a.versions.length)[0]?.squash;
}

/** The plan with one step, the squash, in place of those that it squashes. */
export function withSquash(
  plan: Plan,
  { input, squash, script }: {
    readonly input: PlanInput;
    readonly squash: Squash;
    readonly script: Script;
  },
): Plan {
  const squashed = input.graph.ancestors([squash.version]);
  const definition = findTarget(input, squash.version);
  const others = plan.steps.filter((step) =>
    squashed.has(step.definition.version) && step.definition !== definition
  );
  return {
    ...plan,
    steps: [
      {
        definition,
        direction: "up",
        script,
        squashed: others.map((step) => step.definition),
      },
      ...plan.steps.filter(({ definition: { version } }) => !squashed.has(version)),
    ],
  };
}

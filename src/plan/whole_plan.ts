// Pure.
/**
 * Completes a plan with scripts that were not parsed when the migrations were read.
 *
 * @module
 */

import type { Definition } from "../definition/migration/definition.ts";
import { type Plan, refuseDefects, type Step } from "./plan.ts";

/**
 * The same plan with the statements of everything that it applies: what is applied again, or was taken back
 * by another runner meanwhile, was applied when the migrations were read. A way back was parsed then.
 *
 * @throws {Failure} `definition/*`, `source/unreadable`.
 */
export async function wholePlan(plan: Plan): Promise<Plan> {
  const read = new Map<bigint, Promise<Definition>>();
  const steps: Step[] = [];
  for (const step of plan.steps) {
    const { version, whole } = step.definition;
    if (whole === undefined || step.direction === "down") {
      steps.push(step);
      continue;
    }
    const reading = read.get(version) ?? whole();
    read.set(version, reading);
    const definition = await reading;
    steps.push({ ...step, definition, script: definition[step.direction] ?? step.script });
  }
  if (read.size > 0) refuseDefects(steps);
  return { ...plan, steps };
}

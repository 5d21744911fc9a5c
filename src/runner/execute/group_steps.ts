/**
 * Decides which steps of a plan travel together in one pipeline.
 *
 * @module
 */

import type { Step } from "../../plan/plan.ts";
import { needsHooks } from "../../plan/step_hooks.ts";
import { statementTimeoutOf } from "../context/retry.ts";
import type { RunOptions } from "../context/run_context.ts";

/** Steps in one group. A group reports its steps when the last of them is done. */
const MAX_STEPS = 16;

/** UTF-16 units that a small script's statements may have together. */
const SMALL = 20_000;

/** Milliseconds that a group may wait for a lock, because nothing looks for blockers meanwhile. */
const BRIEF = 5_000;

function isBrief(lockTimeout: number): boolean {
  return lockTimeout > 0 && lockTimeout <= BRIEF;
}

function isSmall({ definition: { metadata }, script }: Step): boolean {
  return script.transaction === "single" && isBrief(metadata.lockTimeout ?? BRIEF) &&
    script.statements.every(({ plain }) => plain) && (script.statements.at(-1)?.end ?? 0) <= SMALL;
}

/** Steps that are run together; one of them at least. */
export type PipelinedGroup = readonly [Step, ...Step[]];

/**
 * Splits a plan into groups. A group holds consecutive small steps that leave the session as it was and
 * read no table. Any other step, and one that needs hooks, is a group by itself.
 *
 * Blockers are not reported for a group: the step that got no lock is run again by itself. So steps are
 * grouped only where the lock timeout is short and retries are on.
 */
export function groupSteps(
  steps: readonly Step[],
  options: Pick<RunOptions, "lockTimeout" | "lockRetries" | "statementTimeout">,
): readonly PipelinedGroup[] {
  const { lockTimeout, lockRetries } = options;
  const mayJoin = (step: Step) =>
    isSmall(step) && statementTimeoutOf({ options }, step) === 0 &&
    !needsHooks(step);
  const maxSteps = lockRetries > 0 && isBrief(lockTimeout) ? MAX_STEPS : 1;
  const groups: [Step, ...Step[]][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    const [first] = last ?? [];
    const fits = last !== undefined && last.length < maxSteps && first !== undefined &&
      first.direction === step.direction && mayJoin(first) && mayJoin(step);
    if (fits) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

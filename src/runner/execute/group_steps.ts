/**
 * Decides which steps of a plan are sent together in one message.
 *
 * @module
 */

import type { Step } from "../../plan/plan.ts";
import { needsHooks } from "../../plan/step_hooks.ts";
import { statementTimeoutOf } from "../context/timeouts.ts";
import type { RunOptions } from "../context/run_context.ts";

/** The most steps in one group; few, because a group reports its steps only when the last is done. */
const MAX_STEPS = 16;

/** The most UTF-16 units in the statements of a small script. */
const SMALL = 20_000;

/** The most milliseconds that a group may wait for a lock, because its blockers are not reported. */
const BRIEF = 5_000;

function isBrief(lockTimeout: number): boolean {
  return lockTimeout > 0 && lockTimeout <= BRIEF;
}

function isSmall({ definition: { metadata }, script }: Step): boolean {
  return script.transaction === "single" && isBrief(metadata.lockTimeout ?? BRIEF) &&
    script.statements.every(({ plain }) => plain) && (script.statements.at(-1)?.end ?? 0) <= SMALL;
}

/** One or more steps that are run together. */
export type StepGroup = readonly [Step, ...Step[]];

/**
 * Splits a plan into groups. A group holds consecutive small steps that leave the session unchanged and
 * read no table. Any other step, and any step that needs hooks, is a group by itself.
 *
 * Blockers are not reported for a group; a step that gets no lock is run again by itself. So steps are
 * grouped only if the lock timeout is short and retries are on.
 */
export function groupSteps(
  steps: readonly Step[],
  options: Pick<RunOptions, "lockTimeout" | "lockRetries" | "statementTimeout"> & {
    /**
     * Whether `standard_conforming_strings` is on in the session already: the server parses a message
     * before the SET LOCAL in it takes effect.
     */
    readonly standardStrings: boolean;
  },
): readonly StepGroup[] {
  const { lockTimeout, lockRetries, standardStrings } = options;
  const mayJoin = (step: Step) =>
    isSmall(step) && statementTimeoutOf({ options }, step) === 0 &&
    !needsHooks(step) && step.squashed === undefined;
  const maxSteps = standardStrings && lockRetries > 0 && isBrief(lockTimeout) ? MAX_STEPS : 1;
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

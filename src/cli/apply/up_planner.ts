/**
 * The planner that `up` and `plan` share.
 *
 * @module
 */

import { isPrivileged } from "../../plan/privileged.ts";
import { planPending } from "../../workspace/plan_pending.ts";
import { databasesOf } from "../invocation/choose_databases.ts";
import type { Invocation } from "../invocation/invocation.ts";
import type { Planner } from "./run_command.ts";

/** What `up` and `plan` may be told. */
export interface UpChoice {
  readonly target?: readonly bigint[];
  readonly fromScratch?: boolean;
  readonly noopPrivileged?: boolean;
  readonly unprivilegedOnly?: boolean;
  /** False: a new database runs each migration. */
  readonly squash?: boolean;
}

/** The databases that targets name (all, without targets) and the planner for them. */
export async function upPlanner(
  invocation: Invocation,
  { target: targets, fromScratch = false, noopPrivileged = false, ...choice }: UpChoice,
): Promise<{ readonly names: readonly string[]; readonly planner: Planner }> {
  const wanted = targets && await databasesOf(invocation, targets);
  return {
    names: wanted ? [...wanted.keys()] : await invocation.databases(),
    planner: (target, found) =>
      planPending(invocation, target, {
        ...found,
        versions: wanted?.get(target.name),
        fromScratch,
        // An administrator runs privileged migrations as they are.
        maySquash: choice.squash !== false && !noopPrivileged && choice.unprivilegedOnly !== true,
        isByHand: (step) => noopPrivileged && isPrivileged(step),
      }),
  };
}

/**
 * The planner that `up` and `plan` share.
 *
 * @module
 */

import { planPending } from "../../workspace/plan_pending.ts";
import { databasesOf } from "../invocation/choose_databases.ts";
import type { Invocation } from "../invocation/invocation.ts";
import type { Planner } from "./run_command.ts";

/**
 * The databases that contain the targets (all databases without targets), and the planner for them.
 */
export async function upPlanner(
  invocation: Invocation,
  targets: readonly bigint[] | undefined,
): Promise<{ readonly names: readonly string[]; readonly planner: Planner }> {
  const wanted = targets && await databasesOf(invocation, targets);
  return {
    names: wanted ? [...wanted.keys()] : await invocation.databases(),
    planner: (target, found) =>
      planPending(invocation, target, { ...found, versions: wanted?.get(target.name) }),
  };
}

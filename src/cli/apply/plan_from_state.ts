/**
 * `plan --state`: what `up` would run, without a server.
 *
 * @module
 */

import { refuseDefects } from "../../plan/plan.ts";
import { planUp } from "../../plan/up.ts";
import { oneDatabase } from "../invocation/choose_databases.ts";
import type { Invocation } from "../invocation/invocation.ts";
import { readState } from "./read_state.ts";
import { showPlan } from "./show_plan.ts";

/**
 * Prints the plan of one database, in the state that a file tells.
 *
 * @throws {Failure} `usage/one-database`, `usage/state-file`, `plan/unknown-target`, `history/dirty`.
 */
export async function showPlanFor(
  invocation: Invocation,
  { state, target: versions }: { readonly state: string; readonly target?: readonly bigint[] },
): Promise<void> {
  const name = await oneDatabase(invocation, "plan");
  const { graph } = await invocation.target(name);
  const { history, label } = await readState(state, name);
  const { steps } = planUp({ database: name, graph, history }, versions);
  refuseDefects(steps);
  showPlan(invocation.output, { database: name, server: label, steps, byHand: false });
  invocation.output.finished({ databases: [name], steps: steps.length, dry_run: true });
}

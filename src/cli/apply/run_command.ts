/**
 * What `up`, `down`, `undo` and `redo` share: plan and run, over each database.
 *
 * @module
 */

import { isInstalled } from "../../history/installed.ts";
import { formatElapsed } from "../../format/elapsed_time.ts";
import type { Session } from "../../connection/session/session.ts";
import type { History } from "../../history/history.ts";
import { readHistory } from "../../history/read_history.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Run } from "../../runner/execute/run.ts";
import type { RunOptionValues } from "../../workspace/run_options.ts";
import type { CompletedStep } from "../../runner/execute/completed_step.ts";
import { systemClock } from "../../runtime/clock.ts";
import { wholePlan } from "../../plan/whole_plan.ts";
import type { ResolvedTarget } from "../../workspace/resolve_targets.ts";
import { eachTarget, runTarget } from "../../workspace/run_targets.ts";
import type { Target } from "../../workspace/workspace.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import { showPlan } from "./show_plan.ts";
import type { FinalizeOption } from "../../workspace/batched_migration_hooks.ts";

/** Options of every command that runs migrations. */
export interface RunCommandOptions extends GlobalOptions, RunOptionValues, FinalizeOption {
  readonly dryRun?: boolean;
}

/** Plans the steps of one database. */
export type Planner = (
  target: Target,
  found: { readonly history: History; readonly session: Session },
) => Plan | Promise<Plan>;

/**
 * Runs (or only shows) the plan of each database in turn. A failure does not keep the other
 * databases from running; an interruption does.
 */
export async function runCommand(
  invocation: Invocation,
  { afterwards, ...request }: RunRequest & {
    /** Called after success, before it is reported. */
    readonly afterwards?: () => Promise<void> | void;
  },
): Promise<void> {
  const { names, options } = request;
  const steps = await runPlans(invocation, request);
  await afterwards?.();
  invocation.output.finished({ databases: names, steps, dry_run: options.dryRun === true });
}

/** The databases to run, one after the other, and how. */
export interface RunRequest {
  readonly names: readonly string[];
  readonly options: RunCommandOptions;
  readonly planner: Planner;
  readonly execute?: Run["execute"];
}

/** Does what `runCommand` does but for the last line. Returns how many steps were run, or would be. */
export async function runPlans(
  invocation: Invocation,
  { names, options, planner, execute }: RunRequest,
): Promise<number> {
  const { signal } = invocation;
  const steps = await eachTarget(
    invocation,
    { names, options, signal },
    (target) =>
      options.dryRun
        ? show(invocation, target, { planner, byHand: execute !== undefined })
        : runOne(invocation, target, { planner, execute, options }),
  );
  return steps.reduce((sum, count) => sum + count, 0);
}

async function runOne(
  invocation: Invocation,
  target: ResolvedTarget,
  { planner, execute, options }: {
    readonly planner: Planner;
    readonly execute: Run["execute"] | undefined;
    readonly options: FinalizeOption;
  },
): Promise<number> {
  const { output, signal } = invocation;
  const { done, server, milliseconds } = await runTarget(target, {
    plan: (history, session) => planner(target, { history, session }),
    report: output.event,
    signal,
    code: invocation.ownCode(),
    finalize: options,
    async watch() {
      const { LiveProgress } = await import("../output/live_progress.ts");
      const liveProgress = new LiveProgress(output, systemClock);
      return (snapshot) => liveProgress.show(target.name, [snapshot]);
    },
    execute,
  });
  output.print(
    done.length === 0
      ? `${target.name}: nothing to do on ${server}`
      : `${target.name}: ${sentence(done)} in ${formatElapsed(milliseconds)}`,
  );
  output.record({ event: "database", database: target.name, server, steps: done.length });
  return done.length;
}

function sentence(done: readonly CompletedStep[]): string {
  const downs = done.filter(({ direction }) => direction === "down").length;
  const recorded = done.filter(({ byHand }) => byHand).length;
  const ups = done.length - downs - recorded;
  const parts = [];
  if (downs > 0) parts.push(`took back ${downs}`);
  if (recorded > 0) parts.push(`recorded ${recorded} as run by hand`);
  if (ups > 0) parts.push(`applied ${ups}`);
  if (ups + downs === 0) return parts.join(", ");
  const last = ups > 0 ? ups : downs;
  return `${parts.join(", ")} migration${last === 1 ? "" : "s"}`;
}

/** Prints the plan. */
async function show(
  invocation: Invocation,
  target: ResolvedTarget,
  { planner, byHand }: { readonly planner: Planner; readonly byHand: boolean },
): Promise<number> {
  const { output } = invocation;
  const { connector } = target;
  const session = await connector.open({
    applicationName: `migrator ${target.name} (plan)`,
    condition: isInstalled(target.history),
    signal: invocation.signal,
  });
  try {
    const history = await readHistory(session, target.history);
    const { steps } = await wholePlan(await planner(target, { history, session }));
    showPlan(output, { database: target.name, server: connector.label, steps, byHand });
    return steps.length;
  } finally {
    await session.close();
  }
}

/**
 * Runs plans over the databases of a product, one database after another.
 *
 * @module
 */

import type { JobRegistry } from "../background/jobs/job_registry.ts";
import type { ProgressSnapshot } from "../background/status/progress_snapshot.ts";
import type { BackgroundReporter } from "../background/state/event.ts";
import { type Failure, failuresIn, failuresInDatabase, throwCollected } from "../failure.ts";
import type { RunReporter } from "../runner/context/event.ts";
import { type Run, run, type RunResult } from "../runner/execute/run.ts";
import { systemClock } from "../runtime/clock.ts";
import { identity } from "../runtime/process.ts";
import { VERSION } from "../version.ts";
import { wholePlan } from "../plan/whole_plan.ts";
import { batchedMigrationHooks, type FinalizeOption } from "./batched_migration_hooks.ts";
import { type ResolvedTarget, resolveTargets } from "./resolve_targets.ts";
import type { RunOptionValues } from "./run_options.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Runs `work` for one database after another. A failure does not keep the other databases from
 * running; an aborted signal does.
 *
 * @returns What `work` returned, in the order of `names`.
 * @throws {Failure | Failures} Every defect of files and settings, before any connection; then
 * every database's failure, which names its database where there are several.
 */
export async function eachTarget<T>(
  workspace: Workspace,
  { names, options, signal }: {
    readonly names: readonly string[];
    readonly options: RunOptionValues;
    readonly signal: AbortSignal;
  },
  work: (target: ResolvedTarget) => Promise<T>,
): Promise<readonly T[]> {
  const failures: Failure[] = [];
  const results: T[] = [];
  for (const target of await resolveTargets(workspace, { names, options })) {
    const { name } = target;
    try {
      results.push(await work(target));
    } catch (error) {
      const several = names.length > 1;
      failures.push(...(several ? failuresInDatabase(error, name) : failuresIn(error)));
      if (signal.aborted) break;
    }
  }
  throwCollected(failures);
  return results;
}

/** Options of the run of one database. */
export interface TargetRun {
  readonly plan: Run["plan"];
  readonly report: RunReporter & BackgroundReporter;
  /** Aborted with the `Failure` to throw. */
  readonly signal: AbortSignal;
  /** The jobs written in TypeScript, for finalizing batched migrations. */
  readonly code: JobRegistry | undefined;
  readonly finalize?: FinalizeOption;
  /**
   * Called before a batched migration is finalized; the function it returns then receives progress
   * snapshots.
   */
  readonly watch?: () => Promise<(snapshot: ProgressSnapshot) => void>;
  /** Default: execute the steps. */
  readonly execute?: Run["execute"] | undefined;
  /** `execute` writes rows about the steps, and runs nothing of them. */
  readonly recordsOnly?: boolean;
}

/**
 * Runs the plan of one database.
 *
 * @returns What was done, and how many milliseconds it took.
 * @throws {Failure} What `run` throws.
 */
export async function runTarget(
  target: ResolvedTarget,
  { plan, report, signal, code, finalize, watch, execute, recordsOnly = false }: TargetRun,
): Promise<RunResult & { readonly milliseconds: number }> {
  const began = systemClock.elapsed();
  const result = await run({
    history: target.history,
    connector: target.connector,
    direct: target.direct,
    runner: { ...identity(), toolVersion: VERSION },
    options: target.options,
    clock: systemClock,
    report,
    signal,
    plan: async (history, session) => await wholePlan(await plan(history, session)),
    hooks: batchedMigrationHooks(target, {
      ...finalize,
      report,
      code,
      ...(watch ? { watch } : {}),
    }),
    ...(execute ? { execute } : {}),
    recordsOnly,
  });
  return { ...result, milliseconds: systemClock.elapsed() - began };
}

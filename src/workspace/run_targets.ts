/**
 * Runs plans over the databases of a product, one database after another.
 *
 * @module
 */

import type { JobRegistry } from "../background/jobs/job_registry.ts";
import type { ProgressSnapshot } from "../background/status/progress_snapshot.ts";
import type { BackgroundReporter } from "../background/state/event.ts";
import { type Failure, failuresIn, throwCollected } from "../failure.ts";
import type { RunReporter } from "../runner/context/event.ts";
import { type Run, run, type RunResult } from "../runner/execute/run.ts";
import { systemClock } from "../runtime/clock.ts";
import { identity } from "../runtime/process.ts";
import { VERSION } from "../version.ts";
import { batchedMigrationHooks, type FinalizeOption } from "./batched_migration_hooks.ts";
import { type ResolvedTarget, resolveTargets } from "./resolve_targets.ts";
import type { RunOptionValues } from "./run_options.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Does something with each database in turn. A database that fails does not keep the others from their
 * turn; an aborted signal does.
 *
 * @returns What `work` returned, in the order of `names`.
 * @throws {Failure | Failures} All that is wrong with files and settings, before any server is touched;
 * then every failure of a database.
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
    try {
      results.push(await work(target));
    } catch (error) {
      failures.push(...failuresIn(error));
      if (signal.aborted) break;
    }
  }
  throwCollected(failures);
  return results;
}

/** How one database is run. */
export interface TargetRun {
  readonly plan: Run["plan"];
  readonly report: RunReporter & BackgroundReporter;
  /** Aborted with the `Failure` to end with. */
  readonly signal: AbortSignal;
  /** For finishing batched migrations that are written in TypeScript. */
  readonly code: JobRegistry | undefined;
  readonly finalize?: FinalizeOption;
  /** Asked when a batched migration must be finished first: who is then shown its progress. */
  readonly watch?: () => Promise<(snapshot: ProgressSnapshot) => void>;
  /** Default: the steps are run. */
  readonly execute?: Run["execute"] | undefined;
  /** `execute` writes rows about the steps, and runs nothing of them. */
  readonly recordsOnly?: boolean;
}

/**
 * Runs the plan of one database.
 *
 * @returns What was done, and the milliseconds that it took.
 * @throws {Failure} As `run`.
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
    plan,
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

/**
 * Step hooks of a run, for schema migrations that queue, finalize or delete batched ones.
 *
 * @module
 */

import type { BackgroundReporter } from "../background/state/event.ts";
import type { ProgressSnapshot } from "../background/status/progress_snapshot.ts";
import type { JobRegistry } from "../background/jobs/job_registry.ts";
import type { FinalizeMode } from "../background/crew/finalize.ts";
import type { Finalize } from "../background/crew/migration_hooks.ts";
import type { Connector } from "../connection/session/session.ts";
import type { Target } from "./workspace.ts";
import type { StepHooks } from "../plan/step_hooks.ts";
import { systemClock } from "../runtime/clock.ts";
import { identity } from "../runtime/process.ts";
import { VERSION } from "../version.ts";

/** How to finalize a batched migration that is unfinished when a schema migration needs it. */
export interface FinalizeOption {
  /** Default: `run`. */
  readonly finalize?: FinalizeMode;
  /** Milliseconds. Default: no limit. */
  readonly finalizeDeadline?: number;
}

/** What finalizing reports, and to whom. */
export interface FinalizeReports {
  /** The jobs written in TypeScript. */
  readonly code?: JobRegistry | undefined;
  /** Receives the events of finalizing. */
  readonly report?: BackgroundReporter;
  /**
   * Called before finalizing begins; the function it returns then receives progress snapshots.
   */
  readonly watch?: () => Promise<(snapshot: ProgressSnapshot) => void>;
}

/** Finalizes batched migrations of a database with workers of this process, or waits for others. */
export function batchedFinalizer(
  { history: name, connector }: Pick<Target, "history"> & { readonly connector: Connector },
  { finalize: mode = "run", finalizeDeadline: deadline, report = () => {}, code, watch }:
    & FinalizeOption
    & FinalizeReports,
): Finalize {
  const { host, pid } = identity();
  return async ({ name: batched, arguments: given, direction }, signal) => {
    const { finalize } = await import("../background/crew/finalize.ts");
    const { workerOptions } = await import("../background/crew/worker_pool.ts");
    const pool = {
      name,
      connector,
      process: `${host}:${pid}`,
      who: actor(),
      clock: systemClock,
      report,
      signal,
      isThrottled: true,
      code,
    };
    const onProgress = await watch?.();
    return await finalize({
      ...workerOptions(pool, 1),
      which: { name: batched, arguments: given },
      mode,
      deadline,
      workers: 1,
      direction,
      ...(onProgress ? { onProgress } : {}),
    });
  };
}

/** Hooks that load their modules when the first such step runs. */
export function batchedMigrationHooks(
  target: Pick<Target, "set" | "history"> & { readonly connector: Connector },
  options: FinalizeOption & FinalizeReports = {},
): StepHooks {
  let loading: Promise<StepHooks> | undefined;
  let loaded: StepHooks | undefined;
  const load = async () => {
    const { migrationHooks } = await import("../background/crew/migration_hooks.ts");
    return loaded = migrationHooks({
      name: target.history,
      background: target.set.background,
      who: actor(),
      toolVersion: VERSION,
      report: options.report ?? (() => {}),
      finalize: batchedFinalizer(target, options),
    });
  };
  return {
    prepare: async (step, context) => await (await (loading ??= load())).prepare(step, context),
    explain: (step, error) => loaded?.explain(step, error),
  };
}

/** `app@host`. */
function actor(): string {
  const { who, host } = identity();
  return `${who}@${host}`;
}

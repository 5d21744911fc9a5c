/**
 * Step hooks of a run, for schema migrations that queue, finalize or delete batched ones.
 *
 * @module
 */

import type { BackgroundReporter } from "../background/state/event.ts";
import type { ProgressSnapshot } from "../background/status/progress_snapshot.ts";
import type { JobRegistry } from "../background/jobs/job_registry.ts";
import type { FinalizeMode } from "../background/crew/finalize.ts";
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

/** Hooks that load their modules when the first such step runs. */
export function batchedMigrationHooks(
  { set, history, connector }: Pick<Target, "set" | "history"> & { readonly connector: Connector },
  { finalize: mode = "run", finalizeDeadline: deadline, report = () => {}, code, watch }:
    & FinalizeOption
    & {
      /** The jobs written in TypeScript, for finalizing them. */
      readonly code?: JobRegistry | undefined;
      /** Receives the events of finalizing. */
      readonly report?: BackgroundReporter;
      /**
       * Called before finalizing begins; the function it returns then receives progress snapshots.
       */
      readonly watch?: () => Promise<(snapshot: ProgressSnapshot) => void>;
    } = {},
): StepHooks {
  const { who: user, host, pid } = identity();
  const who = `${user}@${host}`;
  let loading: Promise<StepHooks> | undefined;
  let loaded: StepHooks | undefined;
  const load = async () => {
    const { migrationHooks } = await import("../background/crew/migration_hooks.ts");
    return loaded = migrationHooks({
      name: history,
      background: set.background,
      who,
      toolVersion: VERSION,
      report,
      async finalize({ name, arguments: given, direction }, signal) {
        const { finalize } = await import("../background/crew/finalize.ts");
        const { workerOptions } = await import("../background/crew/worker_pool.ts");
        const pool = {
          name: history,
          connector,
          process: `${host}:${pid}`,
          who,
          clock: systemClock,
          report,
          signal,
          isThrottled: true,
          code,
        };
        const which = { name, arguments: given };
        const onProgress = await watch?.();
        return await finalize({
          ...workerOptions(pool, 1),
          which,
          mode,
          deadline,
          workers: 1,
          direction,
          ...(onProgress ? { onProgress } : {}),
        });
      },
    });
  };
  return {
    prepare: async (step, context) => await (await (loading ??= load())).prepare(step, context),
    explain: (step, error) => loaded?.explain(step, error),
  };
}

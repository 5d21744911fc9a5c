/**
 * Applies the pending migrations of an application's databases.
 *
 * @module
 */

import { formatCount } from "../format/count.ts";
import { formatElapsed } from "../format/elapsed_time.ts";
import { unknownApplied } from "../plan/plan.ts";
import type { CompletedStep } from "../runner/execute/completed_step.ts";
import { planPending } from "../workspace/plan_pending.ts";
import type { ResolvedTarget } from "../workspace/resolve_targets.ts";
import { eachTarget, runTarget } from "../workspace/run_targets.ts";
import type { Application } from "./application.ts";

/** What to apply. */
export interface MigrateAllOptions {
  /** Milliseconds to wait for the migration lock. */
  readonly lockWait?: number | undefined;
  /** Run every migration, whatever a database without history holds already. */
  readonly fromScratch?: boolean | undefined;
  readonly signal: AbortSignal;
}

/** What was done in one database. */
export interface MigratedDatabase {
  readonly database: string;
  /** Address of the server, without secrets. */
  readonly server: string;
  /** In order. Empty when nothing was pending. */
  readonly done: readonly CompletedStep[];
  /** Versions that are applied and that this program does not have, ascending. */
  readonly newer: readonly bigint[];
}

/** Reports each database when it is done. */
export async function migrateAll(
  application: Application,
  { lockWait, fromScratch = false, signal }: MigrateAllOptions,
): Promise<readonly MigratedDatabase[]> {
  const { workspace, databases } = application;
  const names = await databases();
  const options = lockWait === undefined ? {} : { lockWait };
  return await eachTarget(
    workspace,
    { names, options, signal },
    (target) => migrateOne(application, { target, fromScratch, signal }),
  );
}

async function migrateOne(
  { workspace, loggerAdapter }: Application,
  { target, fromScratch, signal }: {
    readonly target: ResolvedTarget;
    readonly fromScratch: boolean;
    readonly signal: AbortSignal;
  },
): Promise<MigratedDatabase> {
  const { name, graph } = target;
  let newer: readonly bigint[] = [];
  const { done, server, milliseconds } = await runTarget(target, {
    plan: (history, session) => {
      newer = unknownApplied({ graph, history });
      return planPending(workspace, target, { history, session, fromScratch, maySquash: true });
    },
    report: loggerAdapter.event,
    signal,
    code: workspace.ownCode(),
  });
  loggerAdapter.inform(
    done.length === 0
      ? `${name}: nothing to do on ${server}`
      : `${name}: applied ${formatCount(done.length, "migration")} in ${
        formatElapsed(milliseconds)
      }`,
    { event: "database", database: name, server, steps: done.length },
  );
  return { database: name, server, done, newer };
}

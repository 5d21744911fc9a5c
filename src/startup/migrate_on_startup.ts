/**
 * Migrates when an application starts.
 *
 * @module
 */

import { formatCount } from "../format/count.ts";
import { formatElapsed } from "../format/elapsed_time.ts";
import { unknownApplied } from "../plan/plan.ts";
import { planPending } from "../workspace/plan_pending.ts";
import type { ResolvedTarget } from "../workspace/resolve_targets.ts";
import { eachTarget, runTarget } from "../workspace/run_targets.ts";
import { type Application, applicationOf, type ApplicationOptions } from "./application.ts";
import { readSwitch, RUN_DATABASE_MIGRATIONS } from "./read_switch.ts";
import { stoppable } from "./stoppable.ts";
import { type ReadyDatabase, waitWith } from "./wait_until_migrated.ts";

/** How to start. */
export interface StartupOptions extends ApplicationOptions {
  /**
   * What a start does that does not migrate, because RUN_DATABASE_MIGRATIONS is unset or says no:
   * `go-on` does nothing, `check` fails unless everything is applied, `wait` waits for it. Default:
   * `go-on`.
   */
  readonly otherwise?: "go-on" | "check" | "wait";
  /** Milliseconds to wait in that case. Default: five minutes. */
  readonly timeout?: number;
  /** Milliseconds to wait for another starter that migrates. Default: migrator.yaml's, else five minutes. */
  readonly lockWait?: number;
  /**
   * Run every migration in a database that migrator has no history of, although tables that they
   * create or drop, or another tool's history, are there already. Default: false, which refuses it.
   */
  readonly fromScratch?: boolean;
}

/** One database after a start. */
export interface StartedDatabase extends ReadyDatabase {
  /** What this start applied, in order. Nothing where another one was there before. */
  readonly applied: readonly { readonly version: bigint; readonly name: string }[];
}

/** What a start did. */
export interface StartupResult {
  /** Whether it was to migrate. */
  readonly migrated: boolean;
  /** Every database that was looked at, in the order of names. */
  readonly databases: readonly StartedDatabase[];
}

/** Milliseconds. */
const TIMEOUT = 300_000;

/**
 * Brings all databases up to date when RUN_DATABASE_MIGRATIONS says yes. Of any number of replicas that
 * start at the same time one migrates; the others wait for it and go on. A database that is newer than
 * this program is a warning. The process is never ended, and its signals are left alone.
 *
 * @throws {Failure | Failures} Whatever kept a database from being up to date; the others are brought
 * up to date all the same. `settings/unreadable-switch` when the variable says neither yes nor no.
 */
export async function migrateOnStartup(options: StartupOptions = {}): Promise<StartupResult> {
  const application = applicationOf(options);
  const migrates = readSwitch(application.environment, RUN_DATABASE_MIGRATIONS);
  return await stoppable(options.signal, async (signal) => {
    const databases = migrates
      ? await migrateAll(application, { ...options, signal })
      : await goOn(application, { ...options, signal });
    return { migrated: migrates, databases };
  });
}

async function goOn(
  application: Application,
  { otherwise = "go-on", timeout = TIMEOUT, signal }: StartupOptions & { signal: AbortSignal },
): Promise<readonly StartedDatabase[]> {
  application.loggerAdapter.inform(
    `not migrating: ${RUN_DATABASE_MIGRATIONS} does not say so`,
    { event: "not-migrating", variable: RUN_DATABASE_MIGRATIONS, otherwise },
  );
  if (otherwise === "go-on") return [];
  const limit = otherwise === "check" ? 0 : timeout;
  const ready = await waitWith(application, { signal, timeout: limit });
  return ready.map((one) => ({ ...one, applied: [] }));
}

async function migrateAll(
  application: Application,
  { lockWait, fromScratch = false, signal }: StartupOptions & { readonly signal: AbortSignal },
): Promise<readonly StartedDatabase[]> {
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
): Promise<StartedDatabase> {
  const { name, graph } = target;
  let newer: readonly bigint[] = [];
  const { done, server, milliseconds } = await runTarget(target, {
    plan: (history, session) => {
      newer = unknownApplied({ graph, history });
      return planPending(workspace, target, { history, session, fromScratch });
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
  return {
    database: name,
    server,
    applied: done.map(({ version, name }) => ({ version, name })),
    newer,
  };
}

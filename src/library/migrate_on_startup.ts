/**
 * Migrates when an application starts.
 *
 * @module
 */

import { type Application, applicationOf, type ApplicationOptions } from "./application.ts";
import { migrateAll } from "./migrate_all.ts";
import { readSwitch, RUN_DATABASE_MIGRATIONS } from "./read_switch.ts";
import { stoppable } from "./stoppable.ts";
import { type ReadyDatabase, waitWith } from "./wait_until_migrated.ts";

/** Options of `migrateOnStartup`. */
export interface StartupOptions extends ApplicationOptions {
  /**
   * What a start does when RUN_DATABASE_MIGRATIONS is unset or says no: `go-on` does nothing,
   * `check` fails unless every migration is applied, `wait` waits until they are. Default: `go-on`.
   */
  readonly otherwise?: "go-on" | "check" | "wait";
  /** Milliseconds to wait for another process to migrate, with `wait`. Default: five minutes. */
  readonly timeout?: number;
  /**
   * Milliseconds to wait for the migration lock. Default: migrator.yaml's value, else five minutes.
   */
  readonly lockWait?: number;
  /**
   * Run every migration in a database that migrator has no history of, although tables that they
   * create or drop, or another tool's history, are there already. Default: false, which refuses it.
   */
  readonly fromScratch?: boolean;
}

/** The state of one database after a start. */
export interface StartedDatabase extends ReadyDatabase {
  /** Migrations that this start applied, in order. Empty when another process had applied them. */
  readonly applied: readonly { readonly version: bigint; readonly name: string }[];
}

/** What a start did. */
export interface StartupResult {
  /** Whether RUN_DATABASE_MIGRATIONS said yes. */
  readonly migrated: boolean;
  /** Every database that was examined, in the order of names. */
  readonly databases: readonly StartedDatabase[];
}

/** Milliseconds. */
const TIMEOUT = 300_000;

/**
 * Applies all pending migrations when RUN_DATABASE_MIGRATIONS says yes. When several replicas start
 * at once, one migrates; the others wait for it and continue. A database that is newer than this
 * program causes a warning. It never ends the process and installs no signal handlers.
 *
 * @throws {Failure | Failures} Every error that kept a database from being migrated; the other
 * databases are migrated all the same. `settings/unreadable-switch` when the variable says neither
 * yes nor no.
 */
export async function migrateOnStartup(options: StartupOptions = {}): Promise<StartupResult> {
  const application = applicationOf(options);
  const migrates = readSwitch(application.environment, RUN_DATABASE_MIGRATIONS);
  return await stoppable(options.signal, async (signal) => {
    const databases = migrates
      ? (await migrateAll(application, { ...options, signal })).map(({ done, ...one }) => ({
        ...one,
        applied: done.map(({ version, name }) => ({ version, name })),
      }))
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

/**
 * `status`, `pending` and `plan`: what an application may ask without changing anything.
 *
 * @module
 */

import { readVersionDetails } from "../history/read_history.ts";
import { databaseStatus, type MigrationState } from "../plan/database_status.ts";
import { planPending } from "../workspace/plan_pending.ts";
import {
  eachRead,
  migratorOf,
  type MigratorOptions,
  named,
  type NamedMigration,
} from "./migrator_options.ts";
import { stoppable } from "./stoppable.ts";

/** The state of one migration. */
export interface MigrationReport extends NamedMigration {
  /**
   * `applied`; `pending`; `failed`: pending, and the last attempt was rolled back; `dirty`: a part may be
   * in the database; `running`; `newer`: applied, and this program does not have it.
   */
  readonly state: MigrationState;
  /** Whether its SQL differs from what was applied. Comments and white space do not count. */
  readonly edited: boolean;
  /** When the last attempt ended, in UTC as ISO 8601. Null: there was none, or it runs. */
  readonly finishedAt: string | null;
}

/** The state of one database. Plain data: `JSON.stringify` takes it. */
export interface StatusResult {
  /** The database of the product. */
  readonly database: string;
  /** Address of the server, without secrets. */
  readonly server: string;
  /** Whether nothing is pending, failed, dirty or running. */
  readonly upToDate: boolean;
  /** In the order in which they run; then those that only the database has. */
  readonly migrations: readonly MigrationReport[];
}

/**
 * Tells the state of every migration, as `migrator status` does.
 *
 * @returns The databases, in the order of their names.
 * @throws {Failure | Failures} What kept databases from being read.
 */
export async function status(options: MigratorOptions = {}): Promise<readonly StatusResult[]> {
  const application = migratorOf(options);
  return await stoppable(
    options.signal,
    (signal) =>
      eachRead(application, { purpose: "status", signal }, async ({ target, session }) => {
        const details = await readVersionDetails(session, target.history);
        const { migrations, upToDate } = databaseStatus(target.graph, details);
        return {
          database: target.name,
          server: target.connector.label,
          upToDate,
          migrations: migrations.map(({ standing, edited, finishedAt, ...migration }) => ({
            ...named(migration),
            state: standing,
            edited,
            finishedAt,
          })),
        };
      }),
  );
}

/** The pending migrations of one database. */
export interface PendingResult {
  /** The database of the product. */
  readonly database: string;
  /** In the order in which they would run. Empty: the database is up to date. */
  readonly migrations: readonly NamedMigration[];
}

/**
 * Tells which migrations `migrate` would apply.
 *
 * @returns The databases, in the order of their names.
 * @throws {Failure | Failures} What kept databases from being read.
 */
export async function pending(options: MigratorOptions = {}): Promise<readonly PendingResult[]> {
  const states = await status(options);
  return states.map(({ database, migrations }) => ({
    database,
    migrations: migrations.filter(({ state }) => state === "pending" || state === "failed")
      .map(({ version, name }) => ({ version, name })),
  }));
}

/** One step of a plan. */
export interface PlannedMigration extends NamedMigration {
  /** The file that would be run. */
  readonly file: string;
  /** Whether all of it is one transaction (`single`), or it is committed in parts (`none`). */
  readonly transaction: "single" | "none";
  /** Whether it needs rights that the role may lack. */
  readonly privileged: boolean;
}

/** What `migrate` would do in one database. */
export interface PlanResult {
  /** The database of the product. */
  readonly database: string;
  /** Address of the server, without secrets. */
  readonly server: string;
  /** In the order in which they would run. */
  readonly steps: readonly PlannedMigration[];
}

/**
 * Plans what `migrate` would do, and refuses what it would refuse, as `migrator plan` does.
 *
 * @returns The databases, in the order of their names.
 * @throws {Failure | Failures} `history/*`, `plan/*`, `definition/*`: what `migrate` would refuse before
 * it runs anything; and what kept databases from being read.
 */
export async function plan(options: MigratorOptions = {}): Promise<readonly PlanResult[]> {
  const application = migratorOf(options);
  return await stoppable(
    options.signal,
    (signal) =>
      eachRead(application, { purpose: "plan", signal }, async ({ target, session, history }) => {
        const { steps } = await planPending(application.workspace, target, { history, session });
        return {
          database: target.name,
          server: target.connector.label,
          steps: steps.map(({ definition, script }) => ({
            ...named(definition),
            file: script.path,
            transaction: script.transaction,
            privileged: definition.metadata.privileged,
          })),
        };
      }),
  );
}

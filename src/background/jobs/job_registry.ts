/**
 * Looks up the jobs and strategies of a program for the migrations that a database has queued.
 *
 * @module
 */

import { argumentFaults } from "../../definition/batched/batched_parameters.ts";
import type { Connector } from "../../connection/session/session.ts";
import type { Clock } from "../../runtime/clock.ts";
import { suggest } from "../../suggest.ts";
import type { WorkerContext } from "../worker/worker_context.ts";
import type { BackgroundReporter } from "../state/event.ts";
import { sqlWork } from "../worker/sql_work.ts";
import type { BackgroundTables, StoredMigration } from "../state/rows.ts";
import type { BatchingStrategy } from "../strategy/strategy.ts";
import { BUILT_IN } from "../strategy/strategies.ts";
import type { SubBatchWork } from "../worker/sub_batch_work.ts";
import { customStrategy } from "./custom_strategy.ts";
import type { DefinedMigration } from "./define_batched_migration.ts";
import type { DefinedStrategy } from "./define_batching_strategy.ts";
import { JobMisuse } from "../worker/job_error.ts";
import type { OpenDatabase } from "./other_databases.ts";
import { jobWork } from "./perform.ts";

/** What a program defines. */
export interface RegisteredDefinitions {
  /** Batched migrations in TypeScript. */
  readonly jobs?: readonly DefinedMigration[] | undefined;
  /** Batching strategies that queued migrations may still use; those of `jobs` are included. */
  readonly strategies?: readonly DefinedStrategy[] | undefined;
}

/** The definitions, with access to other databases. */
export interface JobRegistry extends RegisteredDefinitions {
  /**
   * Returns the connector of another database of the product. @throws {Failure} It has no such
   * database, or no settings for it.
   */
  connectorTo(database: string): Promise<Connector>;
}

/** The database and the process that the jobs run with. */
interface JobHost {
  readonly name: BackgroundTables;
  readonly connector: Connector;
  readonly clock: Clock;
  readonly report: BackgroundReporter;
  readonly signal: AbortSignal;
  readonly code?: JobRegistry | undefined;
}

/**
 * Returns the lookups of a worker: the work and the strategy of a migration, or why this program
 * lacks its job.
 */
export function registryLookups(
  host: JobHost,
): Required<Pick<WorkerContext, "workOf" | "lackOf" | "strategyOf">> {
  const { code, name, connector } = host;
  const strategies = new Map<string, BatchingStrategy>();
  for (const { strategy } of code?.jobs ?? []) {
    if (strategy) strategies.set(strategy.name, customStrategy(strategy));
  }
  for (const one of code?.strategies ?? []) strategies.set(one.name, customStrategy(one));
  const jobs = (code?.jobs ?? []).filter(({ database }) => database === name.database);
  const jobOf = ({ declaration }: StoredMigration) =>
    jobs.find((one) => one.name === declaration.name);
  const open = openerOf(code, connector);
  const lackOf = (migration: StoredMigration): string | undefined => {
    const { declaration, direction } = migration;
    const { strategy, customStrategy = "" } = declaration;
    if (strategy === "custom" && !strategies.has(customStrategy)) {
      return `this program has no batching strategy ${customStrategy}`;
    }
    if (sqlWork(migration)) return undefined;
    if (direction === "down") return "it has no way back";
    if (declaration.parameters === undefined) return "it has no statements";
    const job = jobOf(migration);
    if (job === undefined) {
      const meant = suggest(declaration.name, jobs.map((one) => one.name));
      return "it is written in TypeScript, and this program does not have it" +
        (meant === undefined ? "" : ` (it has ${meant})`);
    }
    const [fault] = argumentFaults(job.parameters, declaration.arguments);
    return fault && `its arguments do not fit this program: it ${fault}`;
  };
  return {
    lackOf,
    workOf(migration): SubBatchWork | undefined {
      if (lackOf(migration) !== undefined) return undefined;
      return sqlWork(migration) ??
        jobWork(jobOf(migration)!, { migration, environment: { ...host, open } });
    },
    strategyOf({ declaration: { strategy, customStrategy = "" } }) {
      if (strategy !== "custom") return BUILT_IN[strategy];
      const found = strategies.get(customStrategy);
      if (found) return found;
      throw new RangeError(`nothing is known of the batching strategy ${customStrategy}`);
    },
  };
}

function openerOf(code: JobRegistry | undefined, own: Connector): OpenDatabase {
  return async (database) => {
    const connector = await code!.connectorTo(database);
    // An embedded database has one session, which the sub-batch uses.
    if (connector.label === own.label && connector.label.startsWith("pglite:")) {
      throw new JobMisuse(
        `${database} is in the same embedded PostgreSQL, which is one session: send it by sub.sql.`,
      );
    }
    return await connector.open({
      applicationName: `migrator background ${database}`,
      // The job decides how long its statements run.
      answerLimit: Infinity,
    });
  };
}

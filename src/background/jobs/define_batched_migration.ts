/**
 * Defines a batched migration in TypeScript, for work that SQL cannot do.
 *
 * @module
 */

import type { BatchedMigration, StrategyName } from "../../definition/batched/batched_migration.ts";
import type { JobParameters } from "../../definition/batched/batched_parameters.ts";
import { type Failure, throwCollected } from "../../failure.ts";
import type { DefinedStrategy } from "./define_batching_strategy.ts";
import type { BatchedJob } from "./job.ts";

/** A duration: milliseconds as a number, or text such as `500ms`, `2s`, `5min`. */
export type Time = number | string;

/** A batched migration. Keys and defaults are those of `background/<name>.yaml`. */
export interface BatchedMigrationOptions<Parameters extends JobParameters> {
  /** The name that schema migrations use in `queues`: lower-case letters, digits and `_`. */
  readonly name: string;
  /** The database of the product whose table it is. */
  readonly database: string;
  /**
   * The table to scan, as in SQL: `routes`, `public.routes`; without a schema it is in `public`.
   */
  readonly table: string;
  /** For people; shown by `background show`. */
  readonly description?: string;
  /** Columns that order the scan. The job must not change them. Default: the primary key's. */
  readonly key?: string | readonly string[];
  /** How the table is divided into batches. Default: `primary-key`. */
  readonly strategy?: StrategyName | DefinedStrategy;
  /** A condition on the rows of the table. */
  readonly filter?: string;
  /** The arguments that `queues` gives. The same name with other arguments is another migration. */
  readonly arguments?: Parameters;
  /** Rows of the first batch; later batches follow measured time. Default: 100,000. */
  readonly batchSize?: number;
  /** Rows of the first transaction; later ones follow measured time. Default: 1,000. */
  readonly subBatchSize?: number;
  /** The most rows that a batch may grow to. Default: no limit of its own. */
  readonly maxBatchSize?: number;
  /** The most rows that a transaction may grow to. Default: the size of the batch. */
  readonly maxSubBatchSize?: number;
  /** How long one transaction should take; sizes follow it. Default: `500ms`. */
  readonly targetTime?: Time;
  /** Time from the start of one batch to the start of the next. Default: none. */
  readonly interval?: Time;
  /** Time between two sub-batches. Default: `100ms`. */
  readonly pause?: Time;
  /** Workers that may work on it at once. Default: any number. */
  readonly maxWorkers?: number;
  /** For each statement, and for the time between two statements of the job. Default: `15s`. */
  readonly statementTimeout?: Time;
  /** For each wait for a lock. Default: `2s`. */
  readonly lockTimeout?: Time;
  /** How often a batch is tried before it counts as failed. Default: 5. */
  readonly maxAttempts?: number;
  /** Rows that may go to quarantine before the migration fails. Default: 0. */
  readonly maxQuarantined?: number;
  /** What slows or holds the migration, in addition to the built-in indicators. */
  readonly throttle?: {
    /** Tables whose vacuum and locks matter. Default: the table, and those that the SQL writes. */
    readonly watch?: readonly string[];
    /** How long it may be held before it is reported as overdue. Default: `6h`. */
    readonly maxHold?: Time;
    /** WAL that a standby may be behind, such as `256MB`. */
    readonly maxReplicaLag?: string;
    /** WAL files that may wait to be archived. */
    readonly maxArchiveBacklog?: number;
    /** A query that returns one row: `signal` (`full`, `slow` or `stop`) and `reason`. */
    readonly indicator?: string;
    /** Names of built-in indicators to ignore. */
    readonly ignore?: readonly string[];
  };
  /** A query that returns a row while rows remain to be done; run at the end. */
  readonly remaining?: string;
  /** A NOT VALID constraint of the table that is validated at the end. */
  readonly constraint?: string;
  /**
   * Does one batch. It must await `job.eachSubBatch` or `job.distinctEachBatch` once, and starts in the
   * transaction of the first sub-batch. An error that it throws rolls back the current sub-batch, and the
   * worker calls it again.
   */
  perform(job: BatchedJob<Parameters>): Promise<void>;
}

/** A defined batched migration. Give it to `runCli`, `migrateOnStartup` or `workInBackground` as one of `jobs`. */
export interface DefinedMigration {
  /** The name that schema migrations use in `queues`. */
  readonly name: string;
  /** The database of the product whose table it scans. */
  readonly database: string;
  /** The types of its arguments, by name. */
  readonly parameters: JobParameters;
  /** The strategy, if it is one that `defineBatchingStrategy` made. */
  readonly strategy: DefinedStrategy | undefined;
  /**
   * The migration as data, which is stored in the database when it is queued.
   *
   * @throws {Failure | Failures} `definition/*`: every defect.
   */
  declaration(): Promise<BatchedMigration>;
  /** Does one batch. */
  perform(job: BatchedJob): Promise<void>;
}

/** The parameters of a job without arguments. */
export type NoParameters = Record<never, never>;

/**
 * Defines a batched migration. Defects are reported when the migrations are read, not here.
 *
 * ```ts
 * import { defineBatchedMigration } from "@migrator/migrator";
 *
 * export const fetchTitles = defineBatchedMigration({
 *   name: "fetch_titles",
 *   database: "frontend",
 *   table: "pages",
 *   filter: "title IS NULL",
 *   async perform(job) {
 *     await job.eachSubBatch(async (sub) => {
 *       for (const { id, url } of await sub.query`SELECT id, url FROM pages WHERE ${sub.rows()}`) {
 *         const title = await (await fetch(url!)).text();
 *         await sub.sql`UPDATE pages SET title = ${title} WHERE id = ${id}`;
 *       }
 *     });
 *   },
 * });
 * ```
 */
export function defineBatchedMigration<const Parameters extends JobParameters = NoParameters>(
  options: BatchedMigrationOptions<Parameters>,
): DefinedMigration {
  const { name, database, strategy, arguments: parameters = {}, perform: _, ...words } = options;
  const custom = typeof strategy === "object" ? strategy : undefined;
  let declared: Promise<BatchedMigration> | undefined;
  const declare = async () => {
    const { declareInCode } = await import("../../definition/batched/batched_migration_code.ts");
    const defects: Failure[] = [];
    const declaration = await declareInCode({
      name,
      parameters,
      customStrategy: custom?.name,
      words: custom || strategy === undefined ? words : { ...words, strategy },
    }, (defect) => defects.push(defect));
    throwCollected(defects);
    return declaration!;
  };
  return {
    name,
    database,
    parameters,
    strategy: custom,
    declaration: () => declared ??= declare(),
    perform: (job) => options.perform(job as BatchedJob<Parameters>),
  };
}

/**
 * A batched migration in TypeScript, for work that SQL cannot do.
 *
 * @module
 */

import type { BatchedMigration, StrategyName } from "../../definition/batched/batched_migration.ts";
import type { JobParameters } from "../../definition/batched/batched_parameters.ts";
import { type Failure, throwCollected } from "../../failure.ts";
import type { DefinedStrategy } from "./define_batching_strategy.ts";
import type { BatchedJob } from "./job.ts";

/** A time: milliseconds, or such as `500ms`, `2s`, `5min`. */
export type Time = number | string;

/** What a batched migration is; the words and their defaults are those of `background/<name>.yaml`. */
export interface BatchedMigrationOptions<Parameters extends JobParameters> {
  /** What migrations name in `queues`: small letters, digits and `_`. */
  readonly name: string;
  /** The database of the product whose table it is. */
  readonly database: string;
  readonly table: string;
  readonly description?: string;
  /** Columns to walk by. The job must not change them. Default: those of the primary key. */
  readonly key?: string | readonly string[];
  readonly strategy?: StrategyName | DefinedStrategy;
  /** A condition on the rows of the table. */
  readonly filter?: string;
  /** What `queues` must, or may, give it. With other arguments it is another migration. */
  readonly arguments?: Parameters;
  readonly batchSize?: number;
  readonly subBatchSize?: number;
  readonly maxBatchSize?: number;
  readonly maxSubBatchSize?: number;
  readonly targetTime?: Time;
  readonly interval?: Time;
  readonly pause?: Time;
  readonly maxWorkers?: number;
  /** For each statement, and for what the job does between two of them. */
  readonly statementTimeout?: Time;
  readonly lockTimeout?: Time;
  readonly maxAttempts?: number;
  readonly maxQuarantined?: number;
  readonly throttle?: {
    readonly watch?: readonly string[];
    readonly maxHold?: Time;
    readonly maxReplicaLag?: string;
    readonly maxArchiveBacklog?: number;
    readonly indicator?: string;
    readonly ignore?: readonly string[];
  };
  /** A query that returns a row when something is left to do. */
  readonly remaining?: string;
  /** A NOT VALID constraint of the table that is validated at the end. */
  readonly constraint?: string;
  /**
   * Does a batch; has to await `job.eachSubBatch` or `job.distinctEachBatch`, once. It begins in the
   * transaction of the first sub-batch. Whatever it throws undoes the sub-batch that was being done,
   * and it is begun anew.
   */
  perform(job: BatchedJob<Parameters>): Promise<void>;
}

/** A batched migration that a program can queue and work on, once `runCli` and its like are given it. */
export interface DefinedMigration {
  readonly name: string;
  readonly database: string;
  readonly parameters: JobParameters;
  /** A strategy of the team's own. */
  readonly strategy: DefinedStrategy | undefined;
  /**
   * The same as data: what is stored in a database when it is queued.
   *
   * @throws {Failure | Failures} `definition/*`: all that is wrong with it.
   */
  declaration(): Promise<BatchedMigration>;
  perform(job: BatchedJob): Promise<void>;
}

/** Of a job that takes no arguments. */
export type NoParameters = Record<never, never>;

/** Defines it. What is wrong with it is told when the migrations are read. */
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

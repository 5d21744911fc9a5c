// Pure.
/**
 * A batched background migration, declared in `background/<name>.yaml` beside the migrations or in
 * TypeScript.
 *
 * Queueing stores a copy in the database, so that a worker does not depend on the deployed release.
 * The declaration is therefore plain data; its SQL was parsed when it was read.
 *
 * @module
 */

import type { SqlTemplate } from "./sql_template.ts";
import type { JobArgument } from "./job_arguments.ts";
import type { JobParameters } from "./batched_parameters.ts";

/** The strategies that divide a table into batches; the long names are GitLab's. */
export const STRATEGIES = {
  "primary-key": "PrimaryKeyBatchingStrategy",
  keyset: "KeysetBatchingStrategy",
  "loose-index-scan": "LooseIndexScanBatchingStrategy",
  ctid: "CtidBatchingStrategy",
} as const;

/**
 * The name in a declaration. The column `batch_class_name` has the long name, or that of a custom
 * strategy.
 */
export type StrategyName = keyof typeof STRATEGIES;

/** One batched background migration of a database. */
export interface BatchedMigration {
  /** `job_class_name`: the file's name without `.yaml`. At most 100 characters. */
  readonly name: string;
  /** Path for people: `frontend/background/backfill_routes.yaml`. */
  readonly path: string;
  /** SHA-256 in hex over everything below; comments and white space in SQL do not count. */
  readonly checksum: string;
  /** Text for people. */
  readonly description?: string;

  /**
   * The table to scan, as written: `routes`, `public.routes`. A name without a schema is in
   * `public`.
   */
  readonly table: string;
  /** How the table is divided; `custom`: by a strategy that the program defines. */
  readonly strategy: StrategyName | "custom";
  /** The name of the custom strategy, when `strategy` is `custom`. */
  readonly customStrategy?: string;
  /**
   * The columns that order the scan. Empty: the primary key (not for `keyset`; `ctid` has no key).
   */
  readonly key: readonly string[];
  /**
   * A condition on the rows of `table`, with unqualified columns. Applies to the bounds and the
   * sub-batches.
   */
  readonly filter?: SqlTemplate;

  /** Part of its identity: the same name with other arguments is another migration. */
  readonly arguments: { readonly [name: string]: JobArgument };
  /** The kinds of its arguments, for a migration written in TypeScript. */
  readonly parameters?: JobParameters;

  /** Rows (distinct values, blocks) of a batch. */
  readonly batchSize: number;
  /** Rows of the first sub-batch; later sizes follow measured times. */
  readonly subBatchSize: number;
  /** The most rows of a batch. */
  readonly maxBatchSize?: number;
  /** The most rows of a sub-batch. */
  readonly maxSubBatchSize?: number;
  /** Target duration of one sub-batch, in milliseconds. */
  readonly targetMs: number;
  /** Seconds from the start of one batch to the start of the next, as in GitLab; 0: no interval. */
  readonly interval: number;
  /** Milliseconds between two sub-batches. */
  readonly pauseMs: number;
  /** The most workers at once. */
  readonly maxWorkers?: number;
  /** Milliseconds for each statement of a sub-batch: PostgreSQL's `statement_timeout`. */
  readonly statementTimeout: number;
  /** Milliseconds for one wait for a lock in a sub-batch. */
  readonly lockTimeout: number;
  /** Attempts after which a batch counts as failed. */
  readonly maxAttempts: number;
  /**
   * The most rows to quarantine when the database refuses them; 0: the first refused row fails the
   * batch.
   */
  readonly maxQuarantined: number;
  /** Indicators that slow or hold it, besides the built-in ones. */
  readonly throttle: Throttling;

  /** Statements of one sub-batch, in order; empty for a migration written in TypeScript. */
  readonly sql: readonly SqlTemplate[];
  /** A query that returns a row while work is left. */
  readonly remaining?: SqlTemplate;
  /** A NOT VALID constraint of `table` to validate at the end. */
  readonly constraint?: string;
  /** Statements of one sub-batch of the revert. */
  readonly down?: readonly SqlTemplate[];
}

/** What can slow or hold a migration before each sub-batch, besides the built-in indicators. */
export interface Throttling {
  /**
   * Tables whose vacuum and locks are checked, including their partitions. A file that names none
   * gets its table and those that its statements write; empty: `table`.
   */
  readonly watch: readonly string[];
  /** Milliseconds that a hold may last before it is an alarm. */
  readonly maxHold: number;
  /** The most bytes of WAL that a standby may lag behind. */
  readonly maxReplicaLag?: number;
  /** The most WAL files that may wait for archiving; GitLab's limit is 42. */
  readonly maxArchiveBacklog?: number;
  /** A query that returns one row: `signal` (`full`, `slow`, `stop`) and `reason`. */
  readonly indicator?: SqlTemplate;
  /** Names of built-in indicators (`throttle_indicators.ts`) to ignore. */
  readonly ignore: readonly string[];
}

/** The values of keys that a declaration leaves out. */
export const BATCHED_DEFAULTS = {
  batchSize: 100_000,
  subBatchSize: 1_000,
  targetMs: 500,
  interval: 0,
  pauseMs: 100,
  statementTimeout: 15_000,
  lockTimeout: 2_000,
  maxAttempts: 5,
  maxQuarantined: 0,
  maxHold: 6 * 60 * 60 * 1_000,
} as const;

// Pure.
/**
 * What a batched background migration is: a declaration beside the migrations, in
 * `background/<name>.yaml`, or in TypeScript.
 *
 * A copy of it is stored in the database when it is queued, so that a worker never depends on which
 * release is deployed. So all of it is data; the SQL that it holds was understood when it was read.
 *
 * @module
 */

import type { SqlTemplate } from "./sql_template.ts";
import type { JobArgument } from "./job_arguments.ts";
import type { JobParameters } from "./batched_parameters.ts";

/** How the rows of a table are divided into batches; the names are GitLab's. */
export const STRATEGIES = {
  "primary-key": "PrimaryKeyBatchingStrategy",
  keyset: "KeysetBatchingStrategy",
  "loose-index-scan": "LooseIndexScanBatchingStrategy",
  ctid: "CtidBatchingStrategy",
} as const;

/** As declared. `batch_class_name` in the tables has the long name, or one of a team's own. */
export type StrategyName = keyof typeof STRATEGIES;

/** One batched background migration of a database. */
export interface BatchedMigration {
  /** `job_class_name`: the file's name without `.yaml`. At most 100 characters. */
  readonly name: string;
  /** For people: `frontend/background/backfill_routes.yaml`. */
  readonly path: string;
  /** SHA-256, hex, over everything below; comments and white space in SQL do not count. */
  readonly checksum: string;
  /** For people. */
  readonly description?: string;

  /** The table that is walked, as written: `routes`, `public.routes`; without a schema, in `public`. */
  readonly table: string;
  /** How the table is divided; `custom`: by a strategy of the program. */
  readonly strategy: StrategyName | "custom";
  /** The name of a team's own strategy, where it is `custom`. */
  readonly customStrategy?: string;
  /** The columns that order the walk; empty: the primary key's (not for `keyset`, and none for `ctid`). */
  readonly key: readonly string[];
  /** A condition on the rows of `table`, in its bounds and in its sub-batches. Columns unqualified. */
  readonly filter?: SqlTemplate;

  /** Part of its identity: the same migration with other arguments is another one. */
  readonly arguments: { readonly [name: string]: JobArgument };
  /** What they must be, for one written in TypeScript. */
  readonly parameters?: JobParameters;

  /** Rows (distinct values, blocks) handed to a worker at a time. */
  readonly batchSize: number;
  /** Rows of the first transaction; from there it follows measured time. */
  readonly subBatchSize: number;
  /** The most rows that a batch may grow to. */
  readonly maxBatchSize?: number;
  /** The most rows that a sub-batch may grow to. */
  readonly maxSubBatchSize?: number;
  /** Milliseconds that one transaction should take. */
  readonly targetMs: number;
  /** Seconds from the start of one batch to that of the next, as GitLab paces; 0 for none. */
  readonly interval: number;
  /** Milliseconds between two sub-batches. */
  readonly pauseMs: number;
  /** Workers at once. */
  readonly maxWorkers?: number;
  /** Milliseconds for one sub-batch, and for one wait for a lock in it. */
  readonly statementTimeout: number;
  /** Milliseconds for one wait for a lock in a sub-batch. */
  readonly lockTimeout: number;
  /** How often a batch is begun before it counts as failed. */
  readonly maxAttempts: number;
  /** Rows that may be put aside because the database refuses them; 0: the first one ends it. */
  readonly maxQuarantined: number;
  /** What slows or holds it, beyond what always does. */
  readonly throttle: Throttling;

  /** Statements of one sub-batch, in order; empty for one written in TypeScript. */
  readonly sql: readonly SqlTemplate[];
  /** A query that returns a row when something is left to do. */
  readonly remaining?: SqlTemplate;
  /** A NOT VALID constraint of `table` that is validated at the end. */
  readonly constraint?: string;
  /** Statements of one sub-batch of the way back. */
  readonly down?: readonly SqlTemplate[];
}

/** What holds it back before each sub-batch, beyond what always does. */
export interface Throttling {
  /**
   * Tables whose vacuum and locks matter, partitions with them. A file that names none means its table
   * and those that its statements write; empty: `table`.
   */
  readonly watch: readonly string[];
  /** Milliseconds that it may be held without a stop being an alarm. */
  readonly maxHold: number;
  /** Bytes of WAL that a standby may be behind. */
  readonly maxReplicaLag?: number;
  /** WAL files that may wait to be archived; GitLab's limit is 42. */
  readonly maxArchiveBacklog?: number;
  /** Returns one row: `signal` (`full`, `slow`, `stop`) and `reason`. */
  readonly indicator?: SqlTemplate;
  /** Names of built-in indicators (`throttle_indicators.ts`) that are not asked. */
  readonly ignore: readonly string[];
}

/** What holds where a declaration says nothing. */
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

// Pure.
/**
 * The interface of a TypeScript job to its batch.
 *
 * @module
 */

import type { ArgumentsOf, JobParameters } from "../../definition/batched/batched_parameters.ts";
import type { SqlFragment, SqlValue } from "./sql_fragment.ts";

/** A row by column name. Values are PostgreSQL's text; NULL is `null`. */
export type JobRow = Readonly<Record<string, string | null>>;

/**
 * Statements as tagged templates. Values become literals; `ident()` and `rows()` are inserted as
 * SQL.
 */
export interface JobSql {
  /**
   * Runs one statement.
   *
   * @returns The number of rows that it changed or returned.
   */
  sql(strings: TemplateStringsArray, ...values: readonly SqlValue[]): Promise<number>;
  /** Runs one statement that returns rows. */
  query(strings: TemplateStringsArray, ...values: readonly SqlValue[]): Promise<readonly JobRow[]>;
}

/**
 * A sub-batch and its transaction. The job's statements and the progress are committed together, so
 * they take effect exactly once, even after a crash.
 */
export interface JobSubBatch extends JobSql {
  /**
   * Returns a condition that is true for the rows of the sub-batch. Use it in a WHERE over the
   * table; give the table's alias if it has one.
   */
  rows(alias?: string): SqlFragment;
  /** The last key before it, as text; undefined if it begins with the first key. */
  readonly after: readonly string[] | undefined;
  /** The last key in it, as text. */
  readonly until: readonly string[];
  /**
   * For effects outside this database, which happen at least once. A retry of the same rows has the
   * same key. The size of a sub-batch may change between two attempts; then the key differs.
   */
  readonly idempotencyKey: string;
  /**
   * A key for one of several effects, such as one for each row. It does not depend on the size of
   * the sub-batch.
   */
  idempotencyKeyOf(...parts: readonly string[]): string;
}

/** A sub-batch of distinct values of the key. */
export interface DistinctSubBatch extends JobSubBatch {
  /** The distinct values, ascending, as text; for a key of one column. */
  readonly values: readonly string[];
  /** The distinct keys, for a key of several columns. */
  readonly keys: readonly (readonly string[])[];
}

/**
 * Another database of the product, over a separate connection. Statements there may be repeated
 * after a failure.
 */
export interface OtherDatabase extends JobSql {
  /** Runs several statements in one transaction. */
  transaction<T>(work: (sql: JobSql) => Promise<T>): Promise<T>;
}

/** A batch that a worker runs. */
export interface BatchedJob<Parameters extends JobParameters = JobParameters> {
  /** `job_class_name`. */
  readonly name: string;
  /** The arguments of the batched migration, with defaults filled in. */
  readonly arguments: ArgumentsOf<Parameters>;
  /**
   * Runs the batch, one sub-batch after another. Resolves while the transaction of the last one is
   * open: an error thrown after it rolls that one back. Rejects with the error of the callback, or
   * when the batch is given back; then the job only has to clean up.
   */
  eachSubBatch(work: (sub: JobSubBatch) => Promise<void>): Promise<void>;
  /** The same with distinct values, for `strategy: "loose-index-scan"`. */
  distinctEachBatch(work: (sub: DistinctSubBatch) => Promise<void>): Promise<void>;
  /** Another database of the product, by its name there. */
  database(name: string): OtherDatabase;
  /** Aborted when the worker is to stop. The current sub-batch may still be finished. */
  readonly signal: AbortSignal;
  /** Logs a message among the worker's messages. */
  log(message: string): void;
}

// Pure.
/**
 * What a job in TypeScript receives: its batch, and nothing of the application.
 *
 * @module
 */

import type { ArgumentsOf, JobParameters } from "../../definition/batched/batched_parameters.ts";
import type { SqlFragment, SqlValue } from "./sql_fragment.ts";

/** A row by column name; values are PostgreSQL's text, NULL is `null`. */
export type JobRow = Readonly<Record<string, string | null>>;

/** Statements as tagged templates. Values become literals; `ident()` and `rows()` go in as SQL. */
export interface JobSql {
  /**
   * Runs one statement.
   *
   * @returns How many rows it changed, or found.
   */
  sql(strings: TemplateStringsArray, ...values: readonly SqlValue[]): Promise<number>;
  /** Runs one statement that returns rows. */
  query(strings: TemplateStringsArray, ...values: readonly SqlValue[]): Promise<readonly JobRow[]>;
}

/**
 * Some rows, and the transaction in which something is done with them. What is sent here, and that it
 * was done, are committed together: exactly once, whoever dies.
 */
export interface JobSubBatch extends JobSql {
  /** True for its rows; for a WHERE over the table, under this alias where it has one. */
  rows(alias?: string): SqlFragment;
  /** The last key before it, as text; undefined where it begins with the first. */
  readonly after: readonly string[] | undefined;
  /** The last key in it, as text. */
  readonly until: readonly string[];
  /**
   * For effects outside this database, which happen at least once: the same when the same rows are
   * done again. How many are done at a time may change between two tries; then it is another one.
   */
  readonly idempotencyKey: string;
  /** The same for one effect among several, such as one for each row, however many are done at a time. */
  idempotencyKeyOf(...parts: readonly string[]): string;
}

/** Rows by the distinct values of their key. */
export interface DistinctSubBatch extends JobSubBatch {
  /** Ascending, as text. For a key of one column. */
  readonly values: readonly string[];
  /** The same for a key of several columns. */
  readonly keys: readonly (readonly string[])[];
}

/** Another database of the product, by a connection of its own: what is done there may be done again. */
export interface OtherDatabase extends JobSql {
  /** Several statements that are committed together. */
  transaction<T>(work: (sql: JobSql) => Promise<T>): Promise<T>;
}

/** A batch in a worker's hands. */
export interface BatchedJob<Parameters extends JobParameters = JobParameters> {
  /** `job_class_name`. */
  readonly name: string;
  /** The arguments of the batched migration, with defaults filled in. */
  readonly arguments: ArgumentsOf<Parameters>;
  /**
   * Does the batch, sub-batch by sub-batch. Resolves in the transaction of the last one: what is thrown
   * behind it undoes that one. Rejects with what the callback has thrown, or when the batch is given
   * back; then nothing has to be done but to tidy up.
   */
  eachSubBatch(work: (sub: JobSubBatch) => Promise<void>): Promise<void>;
  /** The same by distinct values, for `strategy: "loose-index-scan"`. */
  distinctEachBatch(work: (sub: DistinctSubBatch) => Promise<void>): Promise<void>;
  /** Another database of the product, by its name there. */
  database(name: string): OtherDatabase;
  /** Aborted when the worker is to end: the sub-batch that runs may still be finished. */
  readonly signal: AbortSignal;
  /** Tells people something, with the other messages of the worker. */
  log(message: string): void;
}

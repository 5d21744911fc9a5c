// Pure.
/**
 * Defines a batching strategy in TypeScript.
 *
 * @module
 */

import type { JobArguments } from "../../definition/batched/job_arguments.ts";
import type { JobSql } from "./job.ts";
import type { SqlFragment } from "./sql_fragment.ts";

/** The input of a strategy, which chooses the end of the next batch. */
export interface NextBatch {
  /** The table or partition that is scanned. */
  readonly table: SqlFragment;
  /** The columns of its key, which order the scan. */
  readonly key: readonly string[];
  /** The last key of the previous batch, as text; undefined for the first batch. */
  readonly after: readonly string[] | undefined;
  /** The first key after it that matches the filter. */
  readonly first: readonly string[];
  /** The last key of the table or partition. */
  readonly last: readonly string[];
  /** The wanted number of rows, from the time that previous batches took. */
  readonly batchSize: number;
  /** The arguments of the batched migration. */
  readonly arguments: JobArguments;
  /** Runs a query in the transaction that creates the batch. */
  readonly query: JobSql["query"];
}

/** A strategy. */
export interface BatchingStrategyOptions {
  /** `batch_class_name`: at most 100 characters. */
  readonly name: string;
  /**
   * Returns the last key of the next batch, as PostgreSQL's text of its columns: not before `first`
   * and not after `last`. Undefined for all remaining rows.
   */
  nextBatch(input: NextBatch): Promise<readonly string[] | undefined>;
}

/** A strategy that batched migrations in TypeScript may name. */
export type DefinedStrategy = Readonly<BatchingStrategyOptions>;

/**
 * Defines how a table is divided into batches. Each batch is divided into sub-batches by the key.
 *
 * @throws {TypeError} The name is empty or too long.
 */
export function defineBatchingStrategy(options: BatchingStrategyOptions): DefinedStrategy {
  const { name } = options;
  if (name === "" || name.length > 100) {
    throw new TypeError(
      `The name of a batching strategy has 1 to 100 characters, not ${name.length}.`,
    );
  }
  return { name, nextBatch: (input) => options.nextBatch(input) };
}

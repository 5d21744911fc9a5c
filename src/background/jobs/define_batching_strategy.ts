// Pure.
/**
 * Defines a batching strategy in TypeScript.
 *
 * @module
 */

import type { JobArguments } from "../../definition/batched/job_arguments.ts";
import type { JobSql } from "./job.ts";
import type { SqlFragment } from "./sql_fragment.ts";

/** What is asked: where the next batch ends. */
export interface NextBatch {
  /** The table, or the partition, that is walked. */
  readonly table: SqlFragment;
  /** The columns of its key, which order the walk. */
  readonly key: readonly string[];
  /** The last key that was handed out, as text; undefined at the beginning. */
  readonly after: readonly string[] | undefined;
  /** The first key behind it that the filter lets through. */
  readonly first: readonly string[];
  /** The last key of all. */
  readonly last: readonly string[];
  /** How many rows a batch should have, by the time that those before it took. */
  readonly batchSize: number;
  /** The arguments of the batched migration. */
  readonly arguments: JobArguments;
  /** Looks something up, in the transaction that hands the batch out. */
  readonly query: JobSql["query"];
}

/** How to divide. */
export interface BatchingStrategyOptions {
  /** `batch_class_name`: at most 100 characters. */
  readonly name: string;
  /**
   * The last key of the next batch, as PostgreSQL's text of its columns: not before `first`, not behind
   * `last`. Undefined: all that is left.
   */
  nextBatch(question: NextBatch): Promise<readonly string[] | undefined>;
}

/** A strategy that batched migrations in TypeScript may name. */
export type DefinedStrategy = Readonly<BatchingStrategyOptions>;

/**
 * Defines how batches are divided. The sub-batches within one are divided by the key, as always.
 *
 * @throws {TypeError} When the name is empty or too long.
 */
export function defineBatchingStrategy(options: BatchingStrategyOptions): DefinedStrategy {
  const { name } = options;
  if (name === "" || name.length > 100) {
    throw new TypeError(
      `The name of a batching strategy has 1 to 100 characters, not ${name.length}.`,
    );
  }
  return { name, nextBatch: (question) => options.nextBatch(question) };
}

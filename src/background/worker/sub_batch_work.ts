// Pure.
/**
 * The work of a sub-batch: the port between the engine, which runs each sub-batch exactly once, and
 * the SQL statements or TypeScript jobs that change the rows.
 *
 * @module
 */

import type { Answer } from "../../connection/session/session.ts";
import type { Job } from "../state/rows.ts";
import type { Cursor, KeyRange } from "../strategy/strategy.ts";

/** One sub-batch, while its transaction is open. */
export interface SubBatch {
  readonly job: Job;
  readonly range: KeyRange;
  /** Whether this is the last sub-batch of the batch. */
  readonly isLast: boolean;
  /**
   * Returns an SQL condition that is true for the rows of the sub-batch. `alias` is the table's
   * alias, quoted; empty for none.
   */
  condition(alias: string): string;
  /**
   * Returns the distinct keys of the sub-batch, ascending.
   *
   * @throws {JobMisuse} The strategy has no distinct keys.
   */
  distinct(): Promise<readonly Cursor[]>;
  /**
   * Sends statements in this transaction, one message each.
   *
   * @throws {SqlError} The server refused a statement; the sub-batch is rolled back.
   */
  send(statements: readonly string[]): Promise<readonly Answer[]>;
}

/** Does the work of the sub-batches of one batch. */
export interface SubBatchWork {
  /** @returns The number of changed rows. */
  (batch: SubBatch): Promise<number>;
  /** Called when this worker has stopped working on the batch, for any reason. Never rejects. */
  readonly end?: () => Promise<void>;
}

// Pure.
/**
 * What a sub-batch does: the port between the engine, which makes sure that it is done once, and
 * the SQL bodies or TypeScript jobs that do it.
 *
 * @module
 */

import type { Answer } from "../../connection/session/session.ts";
import type { Job } from "../state/rows.ts";
import type { Cursor, KeyRange } from "../strategy/strategy.ts";

/** One sub-batch, inside its transaction. */
export interface SubBatch {
  readonly job: Job;
  readonly range: KeyRange;
  /** The batch is done with it. */
  readonly isLast: boolean;
  /** True for its rows; for a WHERE over the table under this alias (quoted; empty: none). */
  condition(alias: string): string;
  /**
   * Its distinct keys, ascending.
   *
   * @throws {JobMisuse} Unless its strategy goes by them.
   */
  distinct(): Promise<readonly Cursor[]>;
  /**
   * Sends statements in this transaction, one message each.
   *
   * @throws {SqlError} What the server refused; the sub-batch is over then.
   */
  send(statements: readonly string[]): Promise<readonly Answer[]>;
}

/** Does the work of the sub-batches of one batch. */
export interface SubBatchWork {
  /** @returns How many rows it changed. */
  (batch: SubBatch): Promise<number>;
  /** The batch is out of this worker's hands, whichever way. Never rejects. */
  readonly end?: () => Promise<void>;
}

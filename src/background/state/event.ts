// Pure.
/**
 * Events of batched migrations, for output and logs. Times are in milliseconds.
 *
 * @module
 */

import type { BatchedMigrationStatus, JobStatus } from "./state_machine.ts";
import type { Cursor } from "../strategy/strategy.ts";

/** Which migration an event is about. */
export interface MigrationLabel {
  /** The database of the product. */
  readonly database: string;
  /** Its `id` in the tables. */
  readonly id: string;
  /** `job_class_name`. */
  readonly name: string;
}

/** One thing that happened while batched migrations were worked on; `type` says which. */
export type BackgroundEvent =
  | (MigrationLabel & {
    /** GitLab's log line "BatchedJob transition". */
    readonly type: "job-transition";
    readonly job: string;
    readonly previousState: JobStatus;
    readonly newState: JobStatus;
    readonly jobArguments: unknown;
    readonly exceptionClass?: string;
    readonly exceptionMessage?: string;
    readonly worker: string;
  })
  | (MigrationLabel & {
    readonly type: "migration-transition";
    readonly event: string;
    readonly newState: BatchedMigrationStatus;
    readonly reason?: string;
  })
  | (MigrationLabel & {
    readonly type: "sub-batch";
    readonly job: string;
    readonly cursor: Cursor;
    readonly size: number;
    readonly affected: number;
    readonly milliseconds: number;
  })
  | (MigrationLabel & {
    readonly type: "held";
    readonly reason: string;
    readonly holdFor: number;
    /** Held for longer than its declaration allows: somebody should look. */
    readonly isOverdue: boolean;
  })
  | (MigrationLabel & { readonly type: "slowed"; readonly reason: string })
  | (MigrationLabel & {
    readonly type: "resized";
    readonly batchSize: number;
    readonly subBatchSize: number;
    readonly reason: string;
  })
  | (MigrationLabel & {
    readonly type: "quarantined";
    readonly job: string;
    readonly key: Cursor;
    readonly exceptionClass: string;
    readonly exceptionMessage: string;
  })
  | (MigrationLabel & {
    /** It has not begun: transactions that were writing when it was first looked at are still open. */
    readonly type: "waiting-for-writers";
    readonly transactions: number;
  })
  | (MigrationLabel & {
    /** A worker was taken for dead, and the batch is another's: nothing of this sub-batch was done. */
    readonly type: "lease-lost";
    readonly job: string;
    readonly worker: string;
  })
  | (MigrationLabel & {
    /** The janitor has deleted batches, whose log is elsewhere now. */
    readonly type: "archived";
    /** From 1. */
    readonly part: number;
    readonly jobs: number;
    /** Absent where the log was not kept. */
    readonly place?: string;
    readonly sha256?: string;
    readonly bytes?: number;
  })
  | {
    /** Something about its table that is in the way, or worth knowing, seen before it is queued. */
    readonly type: "finding";
    /** `warn` is for its author; `refuse` for whoever runs it. */
    readonly level: "warn" | "refuse";
    readonly database: string;
    readonly name: string;
    readonly code: string;
    readonly message: string;
    readonly hint: string;
  }
  | (MigrationLabel & {
    /** This program cannot work on it; others may. Told once. */
    readonly type: "passed-over";
    readonly reason: string;
  })
  | (MigrationLabel & {
    /** A job in TypeScript has something to say. */
    readonly type: "job-log";
    readonly message: string;
  })
  | {
    /** The worker's connection was lost; it goes on with a new one. */
    readonly type: "reconnecting";
    readonly database: string;
    readonly worker: string;
    readonly reason: string;
    readonly inMs: number;
  };

/** Is told of each event as it happens. */
export type BackgroundReporter = (event: BackgroundEvent) => void;

// Pure.
/**
 * Events of batched migrations, for output and logs. Times are in milliseconds.
 *
 * @module
 */

import type { Code } from "../../failure.ts";
import type { BatchedMigrationStatus, JobStatus } from "./state_machine.ts";
import type { Cursor } from "../strategy/strategy.ts";

/** The migration of an event. */
export interface MigrationLabel {
  /** The database of the product. */
  readonly database: string;
  /** Its `id` in the tables. */
  readonly id: string;
  /** `job_class_name`. */
  readonly name: string;
}

/** An event of a batched migration; `type` is its kind. */
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
    /** The worker goes on at once with fewer rows of the same range. */
    readonly isNarrowed?: true;
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
    /** Whether it is held for longer than its declaration's `maxHold`: a user should look. */
    readonly isOverdue: boolean;
  })
  | (MigrationLabel & { readonly type: "slowed"; readonly reason: string })
  /** The declaration's own indicator cannot be read, so it holds nothing back. Reported once. */
  | (MigrationLabel & { readonly type: "indicator-unreadable"; readonly reason: string })
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
    /** The scan has not started: transactions that held write locks on the table are still open. */
    readonly type: "waiting-for-writers";
    readonly transactions: number;
  })
  | (MigrationLabel & {
    /**
     * The worker's lease has expired and another worker claimed the batch. The sub-batch was rolled
     * back.
     */
    readonly type: "lease-lost";
    readonly job: string;
    readonly worker: string;
  })
  | (MigrationLabel & {
    /** The janitor has deleted batches after it archived their log. */
    readonly type: "archived";
    /** From 1. */
    readonly part: number;
    readonly jobs: number;
    /** Failures among the transitions of these batches. */
    readonly failures: number;
    /** ISO 8601. */
    readonly at: string;
    /** Absent if the log was not archived; so are the next fields. */
    readonly place?: string;
    readonly sha256?: string;
    readonly bytes?: number;
    readonly lines?: number;
    readonly transitions?: number;
  })
  | {
    /** A refusal or warning about the table, found before the migration is queued. */
    readonly type: "finding";
    /** `warn` concerns the migration's author, `refuse` the user who runs it. */
    readonly level: "warn" | "refuse";
    readonly database: string;
    readonly name: string;
    readonly code: Code;
    readonly message: string;
    readonly hint: string;
  }
  | (MigrationLabel & {
    /** This program cannot run the migration; others may. Reported once. */
    readonly type: "passed-over";
    readonly reason: string;
  })
  | (MigrationLabel & {
    /** A message that a TypeScript job logged. */
    readonly type: "job-log";
    readonly message: string;
  })
  | {
    /** The worker's connection was lost; the worker reconnects. */
    readonly type: "reconnecting";
    readonly database: string;
    readonly worker: string;
    readonly reason: string;
    readonly inMs: number;
  };

/** Receives each event as it happens. */
export type BackgroundReporter = (event: BackgroundEvent) => void;

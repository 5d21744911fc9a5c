// Pure.
/**
 * Rows of the tables as values, and the SQL fragments to read and write them.
 *
 * @module
 */

import { fromStorable, mapStrings } from "../../sql/storable.ts";
import type { Row } from "../../connection/session/session.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import type { ScanPlan } from "../strategy/scan_plan.ts";
import {
  type BatchedMigrationStatus,
  type JobStatus,
  toJobStatus,
  toMigrationStatus,
} from "./state_machine.ts";
import type { Cursor } from "../strategy/strategy.ts";

/** The schema that holds the tables, and the database of the product whose rows are meant. */
export interface BackgroundTables {
  readonly schema: string;
  readonly database: string;
}

/** The qualified names of the tables. */
export function tablesOf({ schema }: { readonly schema: string }) {
  const s = quoteIdentifier(schema);
  return {
    migrations: `${s}.batched_background_migrations`,
    jobs: `${s}.batched_background_migration_jobs`,
    logs: `${s}.batched_background_migration_job_transition_logs`,
    events: `${s}.batched_background_migration_events`,
    quarantine: `${s}.batched_background_migration_quarantine`,
    summaries: `${s}.batched_background_migration_summaries`,
  };
}

/** The statements that run: `up` as declared, or `down`. */
export type BatchedDirection = "up" | "down";

/** A batched migration as stored in the database. */
export interface StoredMigration {
  readonly id: string;
  readonly status: BatchedMigrationStatus;
  readonly generation: number;
  readonly direction: BatchedDirection;
  readonly declaration: BatchedMigration;
  /** The current sizes; `declaration` has the declared ones. */
  readonly batchSize: number;
  readonly subBatchSize: number;
  readonly maxBatchSize: number | undefined;
  readonly maxSubBatchSize: number | undefined;
  readonly maxWorkers: number | undefined;
  /** Seconds. */
  readonly interval: number;
  readonly pauseMs: number;
  /** Undefined until a worker has planned the scan. */
  readonly scanPlan: ScanPlan | undefined;
  /**
   * Ids of virtual transactions that must end before the scan starts; undefined before they are
   * read.
   */
  readonly barrier: readonly string[] | undefined;
  /**
   * Index of the segment of the next batch; the number of segments when batches cover all of them.
   */
  readonly segment: number;
  /** The last batch's end in that segment, and the segment's; undefined before its first batch. */
  readonly position: Position | undefined;
  /** The number of the scan, from 0; `remaining` or a rewritten table starts another one. */
  readonly sweep: number;
}

/** How far batches cover a segment. */
export interface Position {
  readonly after: Cursor | undefined;
  readonly until: Cursor;
}

/** A batch, leased by this worker. */
export interface Job {
  readonly id: string;
  readonly migration: StoredMigration;
  readonly segment: number;
  /** The exclusive lower bound; undefined: from the first key. */
  readonly after: Cursor | undefined;
  readonly until: Cursor;
  /** The last key that is done; undefined before the first sub-batch. */
  readonly cursor: Cursor | undefined;
  readonly token: string;
  /** Attempts without progress, including this one. */
  readonly attempts: number;
  /** The units for which it was created. */
  readonly batchSize: number;
  readonly subBatchSize: number;
  readonly status: JobStatus;
}

/** The columns that `toMigration` reads; the table has the alias `m`. */
export const MIGRATION_COLUMNS =
  "m.id, m.status, m.generation, m.direction, m.declaration, m.batch_size, m.sub_batch_size, " +
  'm.max_batch_size, m.max_sub_batch_size, m.max_workers, m."interval", m.pause_ms, m.walk, ' +
  "m.barrier, m.segment, m.position, m.sweep";

export function toMigration(row: Row): StoredMigration {
  return {
    id: row["id"]!,
    status: toMigrationStatus(Number(row["status"])),
    generation: Number(row["generation"]),
    direction: row["direction"] as BatchedDirection,
    declaration: mapStrings(JSON.parse(row["declaration"]!), fromStorable),
    batchSize: Number(row["batch_size"]),
    subBatchSize: Number(row["sub_batch_size"]),
    maxBatchSize: optionalNumber(row["max_batch_size"]),
    maxSubBatchSize: optionalNumber(row["max_sub_batch_size"]),
    maxWorkers: optionalNumber(row["max_workers"]),
    interval: Number(row["interval"]),
    pauseMs: Number(row["pause_ms"]),
    scanPlan: optionalJson(row["walk"]),
    barrier: optionalJson(row["barrier"]),
    segment: Number(row["segment"]),
    position: optionalJson(row["position"]),
    sweep: Number(row["sweep"]),
  };
}

/** The columns that `toJob` reads; the table has the alias `j`. */
export const JOB_COLUMNS = "j.id, j.segment, j.after_cursor, j.max_cursor, j.cursor, " +
  "j.lease_token, j.attempts, j.batch_size, j.sub_batch_size, j.status";

export function toJob(row: Row, migration: StoredMigration): Job {
  return {
    id: row["id"]!,
    migration,
    segment: Number(row["segment"]),
    after: optionalJson(row["after_cursor"]),
    until: JSON.parse(row["max_cursor"]!),
    cursor: optionalJson(row["cursor"]),
    token: row["lease_token"]!,
    attempts: Number(row["attempts"]),
    batchSize: Number(row["batch_size"]),
    subBatchSize: Number(row["sub_batch_size"]),
    status: toJobStatus(Number(row["status"])),
  };
}

function optionalNumber(text: string | null | undefined): number | undefined {
  return text == null ? undefined : Number(text);
}

function optionalJson<T>(text: string | null | undefined): T | undefined {
  return text == null ? undefined : JSON.parse(text) as T;
}

/** A value as a `jsonb` literal; NULL for undefined. */
export function jsonLiteral(value: unknown): string {
  return value === undefined ? "NULL" : `${quoteLiteral(JSON.stringify(value))}::jsonb`;
}

/** A text literal; NULL for undefined. */
export function textLiteral(value: string | undefined): string {
  return value === undefined ? "NULL" : quoteLiteral(value.replaceAll("\0", "\uFFFD"));
}

/** SQL for GitLab's `min_value` and `max_value`: a key of one integer; NULL for any other key. */
export function wholeNumber(cursor: Cursor | undefined): string {
  const [only, ...others] = cursor ?? [];
  return only !== undefined && others.length === 0 && /^-?\d{1,18}$/.test(only) ? only : "NULL";
}

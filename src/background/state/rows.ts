// Pure.
/**
 * Rows of the tables as values, and the SQL that everything which reads or writes them shares.
 *
 * @module
 */

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

/** Which tables are meant: the schema that holds them and the database of the product. */
export interface BackgroundTables {
  readonly schema: string;
  readonly database: string;
}

/** The tables, qualified. */
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

/** Which way rows are moved: as declared, or by `down`. */
export type BatchedDirection = "up" | "down";

/** A batched migration as the database knows it. */
export interface StoredMigration {
  readonly id: string;
  readonly status: BatchedMigrationStatus;
  readonly generation: number;
  readonly direction: BatchedDirection;
  readonly declaration: BatchedMigration;
  /** Current sizes; those declared are in `declaration`. */
  readonly batchSize: number;
  readonly subBatchSize: number;
  readonly maxBatchSize: number | undefined;
  readonly maxSubBatchSize: number | undefined;
  readonly maxWorkers: number | undefined;
  /** Seconds. */
  readonly interval: number;
  readonly pauseMs: number;
  /** Undefined until a worker has looked at the table. */
  readonly scanPlan: ScanPlan | undefined;
  /** Virtual transactions that are waited for before the walk begins; undefined before the first look. */
  readonly barrier: readonly string[] | undefined;
  /** Index of the segment that is handed out now; their number when all are. */
  readonly segment: number;
  /** What of it was handed out, and where it ends; undefined until somebody looked. */
  readonly position: Position | undefined;
  /** 0 for the first walk; more for those that `remaining` asked for. */
  readonly sweep: number;
}

/** How far batches were handed out. */
export interface Position {
  readonly after: Cursor | undefined;
  readonly until: Cursor;
}

/** A batch, leased by this worker. */
export interface Job {
  readonly id: string;
  readonly migration: StoredMigration;
  readonly segment: number;
  /** Exclusive; undefined: from the first. */
  readonly after: Cursor | undefined;
  readonly until: Cursor;
  /** The last key that is done; undefined before the first sub-batch. */
  readonly cursor: Cursor | undefined;
  readonly token: string;
  /** How often it was begun, this time included. */
  readonly attempts: number;
  /** Units that it was made of. */
  readonly batchSize: number;
  readonly subBatchSize: number;
  readonly status: JobStatus;
}

/** The columns that `toMigration` reads, of the table under the alias `m`. */
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
    declaration: JSON.parse(row["declaration"]!),
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

/** The columns that `toJob` reads, of the table under the alias `j`. */
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

/** A value as a `jsonb` literal, NULL for undefined. */
export function jsonLiteral(value: unknown): string {
  return value === undefined ? "NULL" : `${quoteLiteral(JSON.stringify(value))}::jsonb`;
}

/** A text literal, NULL for undefined. */
export function textLiteral(value: string | undefined): string {
  return value === undefined ? "NULL" : quoteLiteral(value.replaceAll("\0", "\uFFFD"));
}

/** GitLab's `min_value`, `max_value`: of keys that are one whole number. NULL for others. */
export function wholeNumber(cursor: Cursor | undefined): string {
  const [only, ...others] = cursor ?? [];
  return only !== undefined && others.length === 0 && /^-?\d{1,18}$/.test(only) ? only : "NULL";
}

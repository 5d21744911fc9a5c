/**
 * Reads the details of one batched migration: its running batches and its past events.
 *
 * @module
 */

import { fromStorable } from "../../sql/storable.ts";
import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Session } from "../../connection/session/session.ts";
import { isoTimestamp } from "../state/iso_timestamp.ts";
import {
  type BatchedMigrationStatus,
  JOB_STATUS,
  toMigrationStatus,
} from "../state/state_machine.ts";
import {
  type BackgroundTables,
  MIGRATION_COLUMNS,
  type StoredMigration,
  tablesOf,
  toMigration,
} from "../state/rows.ts";
import type { Cursor } from "../strategy/strategy.ts";

/** A batch that is leased by a worker. */
export interface BatchInWork {
  readonly id: string;
  /** `host:pid:number`. */
  readonly worker: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly updatedAt: string;
  /** The last key that is done; undefined before the first sub-batch. */
  readonly cursor: Cursor | undefined;
  readonly until: Cursor;
  readonly subBatchSize: number;
  readonly attempts: number;
  /** Whether its lease has expired, so that any worker may claim it. */
  readonly isAbandoned: boolean;
}

/** A recorded event of the migration. */
export interface PastEvent {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly event: string;
  readonly from: BatchedMigrationStatus | undefined;
  readonly to: BatchedMigrationStatus | undefined;
  readonly who: string;
  readonly reason: string | undefined;
  readonly details: unknown;
}

export interface MigrationDetails {
  readonly migration: StoredMigration;
  readonly inWork: readonly BatchInWork[];
  /** Newest first. */
  readonly events: readonly PastEvent[];
}

/** @param which.events The most events to read, newest first. */
export async function readMigrationDetails(
  session: Session,
  name: BackgroundTables,
  which: { readonly migration: string; readonly events: number },
): Promise<MigrationDetails> {
  const { migrations, jobs, events } = tablesOf(name);
  const id = BigInt(which.migration);
  const [row] = await catalogRead(
    session,
    `SELECT ${MIGRATION_COLUMNS} FROM ${migrations} AS m WHERE m.id = ${id}`,
  );
  const working = await catalogRead(
    session,
    `SELECT id, worker,
      ${isoTimestamp("started_at")} AS started_at,
      ${isoTimestamp("updated_at")} AS updated_at,
      cursor, max_cursor, sub_batch_size, attempts,
      lease_expires_at <= clock_timestamp() AS is_abandoned
    FROM ${jobs}
    WHERE batched_background_migration_id = ${id} AND status = ${JOB_STATUS.running}
    ORDER BY worker, id`,
  );
  const past = await catalogRead(
    session,
    `SELECT id, ${isoTimestamp("created_at")} AS at,
      event, previous_status, next_status, who, reason, details
    FROM ${events}
    WHERE batched_background_migration_id = ${id}
    ORDER BY id DESC
    LIMIT ${which.events}`,
  );
  return {
    migration: toMigration(row!),
    inWork: working.map((row) => ({
      id: row["id"]!,
      worker: fromStorable(row["worker"] ?? ""),
      startedAt: row["started_at"]!,
      updatedAt: row["updated_at"]!,
      cursor: row["cursor"] == null ? undefined : JSON.parse(row["cursor"]) as Cursor,
      until: JSON.parse(row["max_cursor"]!) as Cursor,
      subBatchSize: Number(row["sub_batch_size"]),
      attempts: Number(row["attempts"]),
      isAbandoned: row["is_abandoned"] === "t",
    })),
    events: past.map((row) => ({
      id: row["id"]!,
      at: row["at"]!,
      event: row["event"]!,
      from: optionalStatus(row["previous_status"]),
      to: optionalStatus(row["next_status"]),
      who: fromStorable(row["who"]!),
      reason: row["reason"] == null ? undefined : fromStorable(row["reason"]),
      details: row["details"] == null ? undefined : JSON.parse(row["details"]),
    })),
  };
}

function optionalStatus(number: string | null | undefined): BatchedMigrationStatus | undefined {
  return number == null ? undefined : toMigrationStatus(Number(number));
}

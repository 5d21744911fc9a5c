/**
 * Reads every generation of batched migrations, with what ended the deleted ones.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Row, Session } from "../../connection/session/session.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import { unlessMissing } from "../../history/read_history.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { fromStorable, mapStrings } from "../../sql/storable.ts";
import { type BackgroundTables, type BatchedDirection, tablesOf } from "../state/rows.ts";
import { type BatchedMigrationStatus, toMigrationStatus } from "../state/state_machine.ts";

/** One queueing of a batched migration. */
export interface QueuedGeneration {
  readonly id: string;
  readonly name: string;
  /** `job_arguments` as the server prints them: equal text, equal arguments. */
  readonly argumentsText: string;
  readonly generation: number;
  readonly direction: BatchedDirection;
  readonly status: BatchedMigrationStatus;
  /** The schema migration that queued it; undefined if a person did. */
  readonly queuedBy: bigint | undefined;
  /** Whether a worker has ever created a batch of it. */
  readonly hasBatches: boolean;
  readonly declaration: BatchedMigration;
  /** The event that set its present state; undefined for rows without events. */
  readonly lastEvent: LastEvent | undefined;
}

/** The latest change of state. */
export interface LastEvent {
  readonly event: string;
  readonly from: BatchedMigrationStatus | undefined;
  /** The schema migration that caused it. */
  readonly migration: bigint | undefined;
  /** Whether that migration was reverted, and not applied. */
  readonly isRevert: boolean;
}

/**
 * The generations of the named batched migrations, oldest first.
 *
 * @param session Outside any transaction.
 * @returns Empty also if the tables do not exist.
 */
export async function readQueuedGenerations(
  session: Session,
  name: BackgroundTables,
  names: readonly string[],
): Promise<readonly QueuedGeneration[]> {
  if (names.length === 0) return [];
  const t = tablesOf(name);
  const read = catalogRead(
    session,
    `SELECT m.id, m.job_class_name, m.job_arguments, m.generation, m.direction, m.status,
      m.queued_migration_version, m.declaration,
      EXISTS (SELECT FROM ${t.jobs} AS j WHERE j.batched_background_migration_id = m.id)
        OR EXISTS (SELECT FROM ${t.summaries} AS k WHERE k.batched_background_migration_id = m.id)
        AS has_batches,
      last.event, last.previous_status, last.details
    FROM ${t.migrations} AS m
    LEFT JOIN LATERAL (
      SELECT e.event, e.previous_status, e.details
      FROM ${t.events} AS e
      WHERE e.batched_background_migration_id = m.id AND e.next_status IS NOT NULL
      ORDER BY e.id DESC
      LIMIT 1
    ) AS last ON true
    WHERE m.gitlab_schema = ${quoteLiteral(name.database)}
      AND m.job_class_name IN (${names.map(quoteLiteral).join(", ")})
    ORDER BY m.generation, m.id`,
  );
  const rows = await read.catch((error: unknown) =>
    unlessMissing(error, { missing: [], session, name })
  );
  return rows.map(toGeneration);
}

function toGeneration(row: Row): QueuedGeneration {
  const queuedBy = row["queued_migration_version"];
  return {
    id: row["id"]!,
    name: row["job_class_name"]!,
    argumentsText: row["job_arguments"]!,
    generation: Number(row["generation"]),
    direction: row["direction"] as BatchedDirection,
    status: toMigrationStatus(Number(row["status"])),
    queuedBy: queuedBy == null ? undefined : BigInt(queuedBy),
    hasBatches: row["has_batches"] === "t",
    declaration: mapStrings(JSON.parse(row["declaration"]!), fromStorable),
    lastEvent: row["event"] == null ? undefined : toLastEvent(row),
  };
}

function toLastEvent(row: Row): LastEvent {
  const details = JSON.parse(row["details"] ?? "null") as Readonly<Record<string, unknown>> | null;
  const migration = details?.["migration"];
  const from = row["previous_status"];
  return {
    event: row["event"]!,
    from: from == null ? undefined : toMigrationStatus(Number(from)),
    migration: typeof migration === "string" ? BigInt(migration) : undefined,
    isRevert: details?.["direction"] === "down",
  };
}

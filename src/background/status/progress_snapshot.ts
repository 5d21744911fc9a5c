/**
 * Reads the progress of batched migrations in one query.
 *
 * @module
 */

import { fromStorable } from "../../sql/storable.ts";
import { catalogRead } from "../../connection/session/catalog_read.ts";
import { redactServerText } from "../../connection/settings/redact.ts";
import type { Row, Session } from "../../connection/session/session.ts";
import type { JobArgument } from "../../definition/batched/job_arguments.ts";
import { unlessMissing } from "../../history/read_history.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { isoTimestamp } from "../state/iso_timestamp.ts";
import type { StoredArchive } from "../archive/archive_format.ts";
import {
  type BatchedMigrationStatus,
  isRunnable,
  JOB_STATUS,
  MIGRATION_STATUS,
  toMigrationStatus,
} from "../state/state_machine.ts";
import { IS_DROPPED } from "../state/quarantine_row.ts";
import { type BackgroundTables, jsonLiteral, tablesOf } from "../state/rows.ts";

/** The progress of one batched migration. Times are ISO 8601, of the server's clock. */
export interface ProgressSnapshot {
  readonly id: string;
  readonly name: string;
  readonly generation: number;
  readonly direction: "up" | "down";
  readonly status: BatchedMigrationStatus;
  readonly table: string;
  /** The columns of its key, separated by commas; empty for the primary key. */
  readonly column: string;
  readonly arguments: { readonly [name: string]: JobArgument };
  /** The version of the schema migration that queued it; undefined if a user queued it. */
  readonly queuedBy: string | undefined;
  readonly createdAt: string;
  readonly startedAt: string | undefined;
  readonly finishedAt: string | undefined;
  readonly verifiedAt: string | undefined;
  readonly supersededBy: string | undefined;
  /** Who has paused it, and why; undefined if it is not paused. */
  readonly paused: { readonly who: string; readonly reason: string | undefined } | undefined;
  /** Why it is held, and until when. */
  readonly held: { readonly reason: string; readonly until: string | undefined } | undefined;
  /**
   * Why it does not run at full speed, as reported by a worker within the last `SLOWED_SECONDS`.
   */
  readonly slowed: string | undefined;
  readonly batchSize: number;
  readonly subBatchSize: number;
  readonly pauseMs: number;
  readonly interval: number;
  readonly maxWorkers: number | undefined;
  /**
   * The planner's estimate of all units; what was done, when it is finished. Undefined before the
   * scan starts, without an estimate, or when more than the estimate is done.
   */
  readonly total: number | undefined;
  /** Units that are done. */
  readonly done: number;
  /** Rows that were changed. */
  readonly affected: number;
  readonly jobs: {
    readonly pending: number;
    readonly running: number;
    readonly failed: number;
    readonly succeeded: number;
  };
  readonly quarantined: number;
  /** Rows that a user dropped from the quarantine: they stay as they were. */
  readonly dropped: number;
  /** Units per second over the last `RATE_MINUTES`; undefined if none were done. */
  readonly rate: number | undefined;
  /** The reason of its latest failure. */
  readonly failure: string | undefined;
  /** The archives of compacted batches, which the counts here include. */
  readonly archives: readonly StoredArchive[];
}

/** A selection of migrations. */
export interface SnapshotSelection {
  readonly id?: string;
  /** `job_class_name`. */
  readonly name?: string;
  readonly arguments?: { readonly [name: string]: JobArgument };
  /** Also superseded and deleted ones. */
  readonly all?: boolean;
}

/** Columns of summaries that are added to the sums of the batches. */
const SUMMED = {
  units: true,
  affected_rows: true,
  jobs_pending: true,
  jobs_running: true,
  jobs_failed: true,
  jobs_succeeded: true,
} as const;

/** Seconds for which a worker's last report stays valid: longer than a slowed worker's pause. */
const SLOWED_SECONDS = 30;

/** Minutes over which the rate is measured. */
const RATE_MINUTES = 5;

/**
 * Reads the snapshots, in the order of queueing.
 *
 * @returns Empty also if the tables do not exist.
 * @throws {Failure} `history/not-readable`.
 */
export async function readProgressSnapshots(
  session: Session,
  name: BackgroundTables,
  selection: SnapshotSelection = {},
): Promise<readonly ProgressSnapshot[]> {
  const t = tablesOf(name);
  const count = (status: number) => `count(*) FILTER (WHERE j.status = ${status}) AS s${status}`;
  const conditions = [
    `m.gitlab_schema = ${quoteLiteral(name.database)}`,
    ...(selection.id === undefined ? [] : [`m.id = ${BigInt(selection.id)}`]),
    ...(selection.name === undefined ? [] : [`m.job_class_name = ${quoteLiteral(selection.name)}`]),
    ...(selection.arguments === undefined
      ? []
      : [`m.job_arguments = ${jsonLiteral(selection.arguments)}`]),
    ...(selection.all || selection.id !== undefined
      ? []
      : [`m.status <> ${MIGRATION_STATUS.deleted}`]),
  ];
  const read = catalogRead(
    session,
    `SELECT m.id, m.job_class_name, m.generation, m.direction, m.status,
      m.table_name, m.column_name, m.job_arguments, m.queued_migration_version, m.superseded_by,
      ${isoTimestamp("m.created_at")} AS created_at,
      ${isoTimestamp("m.started_at")} AS started_at,
      ${isoTimestamp("m.finished_at")} AS finished_at,
      ${isoTimestamp("m.verified_at")} AS verified_at,
      m.hold_reason, ${isoTimestamp("m.on_hold_until")} AS on_hold_until,
      m.batch_size, m.sub_batch_size, m.pause_ms, m."interval", m.max_workers,
      m.total_tuple_count,
      j.*,
      (
        SELECT count(*)
        FROM ${t.quarantine} AS q
        WHERE q.batched_background_migration_id = m.id AND q.resolved_at IS NULL
      ) AS quarantined,
      (
        SELECT count(*)
        FROM ${t.quarantine} AS q
        WHERE q.batched_background_migration_id = m.id AND ${IS_DROPPED}
      ) AS dropped,
      (
        SELECT e.reason
        FROM ${t.events} AS e
        WHERE e.batched_background_migration_id = m.id AND e.event = 'fail'
        ORDER BY e.id DESC
        LIMIT 1
      ) AS failure,
      p.who AS paused_by, p.reason AS pause_reason,
      k.archives,
      ${Object.keys(SUMMED).map((column) => `k.${column} AS summed_${column}`).join(", ")}
    FROM ${t.migrations} AS m
    LEFT JOIN ${t.summaries} AS k ON k.batched_background_migration_id = m.id
    LEFT JOIN LATERAL (
      SELECT e.who, e.reason
      FROM ${t.events} AS e
      WHERE m.status = ${MIGRATION_STATUS.paused}
        AND e.batched_background_migration_id = m.id
        AND e.event = 'pause'
      ORDER BY e.id DESC
      LIMIT 1
    ) AS p ON true
    CROSS JOIN LATERAL (
      SELECT COALESCE(sum(j.units), 0) AS done,
        COALESCE(sum(j.affected_rows), 0) AS affected,
        sum(j.units) FILTER (WHERE j.updated_at > s.since) / NULLIF(GREATEST(date_part(
          'epoch',
          max(j.updated_at) - min(j.started_at) FILTER (WHERE j.updated_at > s.since)
        ), 0.001), 0) AS rate,
        max(j.metrics ->> 'slowed') FILTER (
          WHERE j.updated_at > clock_timestamp() - interval '${SLOWED_SECONDS} seconds'
        ) AS slowed,
        ${Object.values(JOB_STATUS).map(count).join(", ")}
      FROM ${t.jobs} AS j
      CROSS JOIN (
        SELECT clock_timestamp() - interval '${RATE_MINUTES} minutes' AS since
      ) AS s
      WHERE j.batched_background_migration_id = m.id
    ) AS j
    WHERE ${conditions.join(" AND ")}
    ORDER BY m.id`,
  );
  const rows = await read.catch((error: unknown) =>
    unlessMissing(error, { missing: [], session, name })
  );
  return rows.map(toSnapshot);
}

/**
 * An estimate that was exceeded says nothing of the rest; what is finished has no rest.
 */
function totalOf({ status, done, estimate }: {
  readonly status: BatchedMigrationStatus;
  readonly done: number;
  readonly estimate: number | undefined;
}): number | undefined {
  if (status === "finished" || status === "finalized") return done;
  return estimate !== undefined && done > estimate ? undefined : estimate;
}

function toSnapshot(row: Row): ProgressSnapshot {
  const text = (column: string) => row[column] ?? undefined;
  const number = (column: string) => row[column] == null ? undefined : Number(row[column]);
  const summed = (column: keyof typeof SUMMED) => Number(row[`summed_${column}`] ?? 0);
  const jobs = (status: keyof typeof JOB_STATUS) =>
    Number(row[`s${JOB_STATUS[status]}`]) + summed(`jobs_${status}`);
  const reason = text("hold_reason");
  const status = toMigrationStatus(Number(row["status"]));
  const done = Number(row["done"]) + summed("units");
  return {
    id: row["id"]!,
    name: row["job_class_name"]!,
    generation: Number(row["generation"]),
    direction: row["direction"] as "up" | "down",
    status,
    table: row["table_name"]!,
    column: row["column_name"]!,
    arguments: JSON.parse(row["job_arguments"]!),
    queuedBy: text("queued_migration_version"),
    createdAt: row["created_at"]!,
    startedAt: text("started_at"),
    finishedAt: text("finished_at"),
    verifiedAt: text("verified_at"),
    supersededBy: text("superseded_by"),
    paused: row["paused_by"] == null ? undefined : {
      who: fromStorable(row["paused_by"]),
      reason: row["pause_reason"] == null ? undefined : fromStorable(row["pause_reason"]),
    },
    held: reason === undefined ? undefined : { reason, until: text("on_hold_until") },
    slowed: isRunnable(status) ? text("slowed") : undefined,
    batchSize: Number(row["batch_size"]),
    subBatchSize: Number(row["sub_batch_size"]),
    pauseMs: Number(row["pause_ms"]),
    interval: Number(row["interval"]),
    maxWorkers: number("max_workers"),
    total: totalOf({ status, done, estimate: number("total_tuple_count") }),
    done,
    affected: Number(row["affected"]) + summed("affected_rows"),
    jobs: {
      pending: jobs("pending"),
      running: jobs("running"),
      failed: jobs("failed"),
      succeeded: jobs("succeeded"),
    },
    quarantined: Number(row["quarantined"]),
    dropped: Number(row["dropped"]),
    rate: number("rate"),
    failure: row["failure"] == null ? undefined : redactServerText(row["failure"]),
    archives: JSON.parse(row["archives"] ?? "[]"),
  };
}

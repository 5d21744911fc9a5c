/**
 * Claims a batch: an existing one without a worker, or the next one of a migration.
 *
 * PostgreSQL is the only coordinator. Any number of workers on any number of hosts claim
 * concurrently; a worker skips rows that another worker has locked.
 *
 * @module
 */

import { candidatesOf, type ClaimScope, countUnfinished } from "./candidate_migrations.ts";
import { type Row, SqlError } from "../../connection/session/session.ts";
import { Failure, Failures } from "../../failure.ts";
import { startScan } from "./start_scan.ts";
import { forgetSegment, isGone } from "./changed_table.ts";
import { completeScan } from "./complete_scan.ts";
import type { WorkerContext } from "./worker_context.ts";
import { maxLosses } from "./fail_stuck_jobs.ts";
import { holdForLock, isLockTimeout, TableLocked } from "./locked_table.ts";
import { BoundsRefused, createBatch, TookTooLong } from "./create_batch.ts";
import { inTransaction, transaction } from "../state/background_transaction.ts";
import { errorClassOf } from "../state/error_class.ts";
import { IS_RUNNABLE, JOB_STATUS, toJobStatus } from "../state/state_machine.ts";
import { leaseEnd } from "./lease.ts";
import {
  type Job,
  JOB_COLUMNS,
  MIGRATION_COLUMNS,
  type StoredMigration,
  tablesOf,
  textLiteral,
  toJob,
  toMigration,
} from "../state/rows.ts";
import { reportTransition } from "./report_transition.ts";
import { logEvent, logTransition, moveMigration } from "../state/transition.ts";

/** The next step of a worker. */
export type ClaimResult =
  | { readonly kind: "job"; readonly job: Job }
  /** A state changed: claim again at once. */
  | { readonly kind: "again" }
  /** No batch can be claimed now. */
  | {
    readonly kind: "nothing";
    /**
     * Unfinished migrations: held, waiting for old writers, or with all batches leased by other
     * workers.
     */
    readonly unfinished: number;
  };

/**
 * Claims a batch and leases it. The candidates are the oldest runnable migration of each table, as
 * in GitLab; the one that was served longest ago comes first. A migration that waits, or that this
 * program cannot run, does not block others.
 *
 * @throws {Failure} `connection/lost`.
 */
export async function claim(context: WorkerContext, scope: ClaimScope = {}): Promise<ClaimResult> {
  const { unable = new Set() } = scope;
  let candidates = await candidatesOf(context, { ...scope, unable });
  for (let known = -1; known < unable.size;) {
    known = unable.size;
    for (const { id, isRunnable } of candidates) {
      if (!isRunnable) continue;
      const claimed = await claimFrom(context, { id, scope: { ...scope, unable } });
      if (claimed) return claimed;
    }
    // Another migration of the same table may be a candidate now.
    if (known < unable.size) candidates = await candidatesOf(context, { ...scope, unable });
  }
  const unfinished = scope.jobs && candidates.length > 0
    ? await countUnfinished(context, scope.jobs)
    : candidates.length;
  return { kind: "nothing", unfinished };
}

/** Claims a batch of one migration; undefined if it has none now. */
async function claimFrom(
  context: WorkerContext,
  { id, scope }: { readonly id: string; readonly scope: ClaimScope },
): Promise<ClaimResult | undefined> {
  const { session, name } = context;
  try {
    return await transaction(session, async () => {
      const row = await lockMigration(context, id);
      if (row === undefined) return undefined;
      const migration = toMigration(row);
      return await claimLocked(context, { migration, row, scope }).catch((error: unknown) => {
        throw isLockTimeout(error) ? new TableLocked(migration, error) : error;
      });
    });
  } catch (error) {
    // Another worker holds the row lock: try the next migration.
    if (error instanceof MigrationBusy) return undefined;
    if (error instanceof TableLocked) return await holdForLock(context, error);
    if (error instanceof BoundsRefused) return await boundsRefused(context, error);
    if (isRefusal(error)) return await refuse(context, { id, error });
    if (!(error instanceof TookTooLong) || context.signal.aborted) throw error;
    if (error.migration.batchSize === 1) {
      return await refuse(context, { id, error: BOUND_TOO_SLOW });
    }
    // The end of a smaller batch is found sooner.
    await inTransaction(session, [
      `UPDATE ${tablesOf(name).migrations}
      SET batch_size = GREATEST(1, batch_size / 2),
        sub_batch_size = LEAST(sub_batch_size, GREATEST(1, batch_size / 2)),
        updated_at = clock_timestamp()
      WHERE id = ${id}`,
      logEvent(name, {
        migration: "m.id",
        of: `FROM ${tablesOf(name).migrations} AS m WHERE m.id = ${id}`,
        event: "resize",
        who: context.who,
        reason: "finding the end of a batch took too long; half as many rows from now on",
      }),
    ]);
    return { kind: "again" };
  }
}

const BOUND_TOO_SLOW = new Error(
  "finding the next row takes too long, even for batches of one: an index on the key is needed that " +
    "serves the filter (CREATE INDEX CONCURRENTLY … (key) WHERE filter), or a table that is vacuumed",
);

/**
 * Whether the table does not, or no longer, fit the declaration, or the declaration's SQL is wrong.
 */
function isRefusal(error: unknown): error is Error {
  if (error instanceof SqlError) {
    // A filter or `remaining` that fails on a row will fail on it again.
    return ["programmer", "data"].includes(errorClassOf(error.server.sqlstate));
  }
  const [first] = error instanceof Failures ? error.failures : [error];
  return first instanceof Failure && first.code.startsWith("background/");
}

/** Skips a partition that was dropped during the scan; any other refusal fails the migration. */
async function boundsRefused(
  context: WorkerContext,
  error: BoundsRefused,
): Promise<ClaimResult> {
  const { migration, segment } = error;
  if (!await isGone(context.session, migration, segment)) {
    return await refuse(context, { id: migration.id, error });
  }
  await inTransaction(context.session, forgetSegment(context, migration, segment));
  return { kind: "again" };
}

/** Fails the migration: no other worker could succeed, so a user has to act. */
async function refuse(
  { session, name, who, report }: WorkerContext,
  { id, error }: { readonly id: string; readonly error: Error },
): Promise<ClaimResult> {
  const reason = error.message;
  const { rows } = await inTransaction(session, [
    moveMigration(name, { migration: id, event: "fail", who, reason }),
    `SELECT job_class_name AS name FROM ${tablesOf(name).migrations} WHERE id = ${id}`,
  ]);
  report({
    type: "migration-transition",
    database: name.database,
    id,
    name: rows[0]?.["name"] ?? "",
    event: "fail",
    newState: "failed",
    reason,
  });
  return { kind: "again" };
}

/** Another worker held the migration's row lock for a second. */
class MigrationBusy extends Error {}

/** Locks the migration's row, waiting for another worker for at most one second. */
async function lockMigration(
  { name, session }: WorkerContext,
  id: string,
): Promise<Row | undefined> {
  const { migrations, jobs } = tablesOf(name);
  const locking = session.query(
    `SET LOCAL lock_timeout = '1s'; SELECT FROM ${migrations} WHERE id = ${id} FOR NO KEY UPDATE`,
  );
  await locking.catch((error: unknown) => {
    throw isLockTimeout(error) ? new MigrationBusy() : error;
  });
  // A second statement, because it sees what another worker committed before the lock was granted.
  const { rows } = await session.query(
    `SELECT ${MIGRATION_COLUMNS},
      m.served_at + m."interval" * interval '1 second' > clock_timestamp() AS too_early,
      (
        SELECT count(*)
        FROM ${jobs} AS r
        WHERE r.batched_background_migration_id = m.id
          AND r.status = ${JOB_STATUS.running}
          AND r.lease_expires_at > clock_timestamp()
      ) AS running
    FROM ${migrations} AS m
    WHERE m.id = ${id} AND ${IS_RUNNABLE}`,
  );
  return rows[0];
}

/** Skips a migration that this program cannot run, and reports it once. */
function skip(
  { name, report, lackOf }: WorkerContext,
  { migration, unable }: {
    readonly migration: StoredMigration;
    readonly unable: Set<string> | undefined;
  },
): undefined {
  const { id, declaration } = migration;
  if (unable?.has(id)) return;
  unable?.add(id);
  const reason = lackOf?.(migration) ?? "this program does not know how it is done";
  report({ type: "passed-over", database: name.database, id, name: declaration.name, reason });
}

async function claimLocked(
  context: WorkerContext,
  { migration, row, scope: { jobs, unable } }: {
    readonly migration: StoredMigration;
    readonly row: Row;
    readonly scope: ClaimScope;
  },
): Promise<ClaimResult | undefined> {
  if (!context.workOf(migration)) return skip(context, { migration, unable });
  let current = migration;
  if (migration.scanPlan === undefined) {
    const started = await startScan(context, migration);
    if ("waitingFor" in started) {
      const { declaration: { name }, id } = migration;
      const { database } = context.name;
      if (started.isNews) {
        const transactions = started.waitingFor;
        context.report({ type: "waiting-for-writers", database, id, name, transactions });
      }
      return undefined;
    }
    current = started;
  }
  // With an interval, one batch runs at a time, as in GitLab.
  const limit = current.interval > 0 ? 1 : current.maxWorkers ?? Infinity;
  if (Number(row["running"]) >= limit) return undefined;
  const left = await takeExisting(context, { migration: current, only: jobs });
  if (left) return { kind: "job", job: left };
  if (jobs) return undefined;
  if (current.segment < current.scanPlan!.segments.length) {
    if (current.interval > 0 && row["too_early"] === "t") return undefined;
    const job = await createBatch(context, current);
    if (job) {
      reportTransition(context, job, { from: "pending", to: "running" });
      return { kind: "job", job };
    }
  }
  return await completeScan(context, current) ? { kind: "again" } : undefined;
}

/** Leases an existing batch that was given back, is due for a retry, or has an expired lease. */
async function takeExisting(
  context: WorkerContext,
  { migration, only }: {
    readonly migration: StoredMigration;
    readonly only: readonly string[] | undefined;
  },
): Promise<Job | undefined> {
  const { name, session, worker } = context;
  const { jobs } = tablesOf(name);
  const { running, pending, failed } = JOB_STATUS;
  const { maxAttempts } = migration.declaration;
  const { rows } = await session.query(
    `WITH due AS (
      SELECT j.id, j.status
      FROM ${jobs} AS j
      WHERE j.batched_background_migration_id = ${migration.id}
        AND ${only ? `j.id = ANY ('{${only.join(",")}}')` : "true"}
        AND (
          j.status = ${pending}
            AND j.attempts < ${maxLosses(migration)}
            AND COALESCE(j.next_attempt_at <= clock_timestamp(), true)
          OR j.status = ${failed}
            AND j.attempts < ${maxAttempts}
            AND j.next_attempt_at <= clock_timestamp()
          OR j.status = ${running}
            AND j.attempts < ${maxLosses(migration)}
            AND j.lease_expires_at <= clock_timestamp()
        )
      ORDER BY j.id
      LIMIT 1
      FOR NO KEY UPDATE SKIP LOCKED
    ),
    j AS (
      UPDATE ${jobs} AS j
      SET status = ${running},
        attempts = j.attempts + 1,
        lease_token = j.lease_token + 1,
        lease_expires_at = ${leaseEnd({ migration })},
        worker = ${textLiteral(worker)},
        backend_pid = pg_backend_pid(),
        started_at = clock_timestamp(),
        finished_at = NULL,
        next_attempt_at = NULL,
        updated_at = clock_timestamp()
      FROM due
      WHERE j.id = due.id
      RETURNING j.*, due.status AS previous
    )
    SELECT ${JOB_COLUMNS}, j.previous FROM j`,
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const job = toJob(row, migration);
  const from = toJobStatus(Number(row["previous"]));
  await session.query(logTransition(name, { job: job.id, from, to: "running", worker }));
  reportTransition(context, job, { from, to: "running" });
  return job;
}

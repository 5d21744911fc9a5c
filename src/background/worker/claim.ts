/**
 * Claims a batch: one that waits for a worker, or the next one of a migration.
 *
 * PostgreSQL is the only coordinator. Any number of workers on any number of hosts claim at once; a
 * worker skips the rows that another one has locked.
 *
 * @module
 */

import { candidatesOf, type ClaimScope, countUnfinished } from "./claim_candidates.ts";
import { type Row, SqlError } from "../../connection/session/session.ts";
import { Failure, Failures } from "../../failure.ts";
import { startScan } from "./start_scan.ts";
import { forgetSegment, isGone } from "./changed_table.ts";
import { completeScan } from "./complete_scan.ts";
import type { WorkerContext } from "./worker_context.ts";
import { maxLosses } from "./fail_stuck_jobs.ts";
import { BoundsRefused, createBatch, TookTooLong } from "./create_batch.ts";
import { inTransaction, transaction } from "../state/own_transaction.ts";
import { errorClassOf } from "../state/error_class.ts";
import { IS_RUNNABLE, JOB_STATUS, toJobStatus } from "../state/state_machine.ts";
import { leaseEnd } from "./sub_batch.ts";
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

/** What a worker is to do next. */
export type ClaimResult =
  | { readonly kind: "job"; readonly job: Job }
  /** Something changed, such as a state: look again at once. */
  | { readonly kind: "again" }
  /** Nothing now. */
  | {
    readonly kind: "nothing";
    /** Migrations that are not over: held, waited for, or all of it in other workers' hands. */
    readonly unfinished: number;
  };

/**
 * Claims a batch and leases it. Of each table the oldest runnable migration is a candidate, as in GitLab;
 * among the candidates the one that was served longest ago comes first. A migration that waits, or whose
 * job this program lacks, holds up no other.
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
    // Behind one of those, another of the same table may be waiting.
    if (known < unable.size) candidates = await candidatesOf(context, { ...scope, unable });
  }
  const unfinished = scope.jobs && candidates.length > 0
    ? await countUnfinished(context, scope.jobs)
    : candidates.length;
  return { kind: "nothing", unfinished };
}

/** Undefined: nothing of this migration now. */
async function claimFrom(
  context: WorkerContext,
  { id, scope }: { readonly id: string; readonly scope: ClaimScope },
): Promise<ClaimResult | undefined> {
  const { session, name } = context;
  try {
    return await transaction(session, async () => {
      const row = await lockMigration(context, id);
      return row && await claimLocked(context, { migration: toMigration(row), row, scope });
    });
  } catch (error) {
    // Somebody else's, who is slow with it: there may be others.
    if (isBusy(error)) return undefined;
    if (error instanceof BoundsRefused) return await partRefused(context, error);
    if (isRefusal(error)) return await refuse(context, { id, error });
    if (!(error instanceof TookTooLong) || context.signal.aborted) throw error;
    if (error.migration.batchSize === 1) return await refuse(context, { id, error: NO_WAY });
    // With fewer rows it is nearer.
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

const NO_WAY = new Error(
  "finding the next row takes too long, even for batches of one: an index on the key is needed that " +
    "serves the filter (CREATE INDEX CONCURRENTLY … (key) WHERE filter), or a table that is vacuumed",
);

/** The table is not, or no longer, as the declaration needs it; or its SQL is wrong. */
function isRefusal(error: unknown): error is Error {
  if (error instanceof SqlError) {
    // A filter, or `remaining`, that stumbles over a row would do so again.
    return ["programmer", "data"].includes(errorClassOf(error.server.sqlstate));
  }
  const [first] = error instanceof Failures ? error.failures : [error];
  return first instanceof Failure && first.code.startsWith("background/");
}

/** Partitions that are dropped while their table is walked are no failure. */
async function partRefused(
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

/** No worker could do better: a person has to look. */
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

function isBusy(error: unknown): boolean {
  return error instanceof SqlError && error.server.sqlstate === "55P03";
}

/** A second claimer waits for the first, who is quick, mostly: a second at most. */
async function lockMigration(
  { name, session }: WorkerContext,
  id: string,
): Promise<Row | undefined> {
  const { migrations, jobs } = tablesOf(name);
  await session.query(
    `SET LOCAL lock_timeout = '1s'; SELECT FROM ${migrations} WHERE id = ${id} FOR NO KEY UPDATE`,
  );
  // Asked once the row is ours: what another claimer has just written is seen.
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

/** Leaves it to others, and says so once. */
function passOver(
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
  if (!context.workOf(migration)) return passOver(context, { migration, unable });
  let begun = migration;
  if (migration.scanPlan === undefined) {
    const walked = await startScan(context, migration);
    if ("waitingFor" in walked) {
      const { declaration, id } = migration;
      context.report({
        type: "waiting-for-writers",
        database: context.name.database,
        id,
        name: declaration.name,
        transactions: walked.waitingFor,
      });
      return undefined;
    }
    begun = walked;
  }
  // GitLab paces one batch at a time.
  const limit = begun.interval > 0 ? 1 : begun.maxWorkers ?? Infinity;
  if (Number(row["running"]) >= limit) return undefined;
  const left = await takeLeft(context, { migration: begun, only: jobs });
  if (left) return { kind: "job", job: left };
  if (jobs) return undefined;
  if (begun.segment < begun.scanPlan!.segments.length) {
    if (begun.interval > 0 && row["too_early"] === "t") return undefined;
    const job = await createBatch(context, begun);
    if (job) {
      reportTransition(context, job, { from: "pending", to: "running" });
      return { kind: "job", job };
    }
  }
  return await completeScan(context, begun) ? { kind: "again" } : undefined;
}

/** A batch that was given back, or failed and is due again, or whose worker is gone. */
async function takeLeft(
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

/**
 * One sub-batch: one transaction that does the work, moves the batch's cursor, and asserts that the
 * batch is still ours. Whoever dies, and whenever: all of it is in the database, or nothing is.
 *
 * The transaction holds the batch's row from its beginning. A worker that was taken for dead cannot
 * come back into the middle of another's work: the other one took the batch with a new token, after
 * the row was let go.
 *
 * @module
 */

import {
  type Answer,
  type ServerError,
  type Session,
  SqlError,
} from "../../connection/session/session.ts";
import type { WorkerContext } from "./worker_context.ts";
import { JobMisuse } from "./job_error.ts";
import {
  askStrategy,
  begin,
  BODY_SEARCH_PATH,
  CATALOG_SEARCH_PATH,
  rollBack,
} from "../state/own_transaction.ts";
import {
  type BatchedMigrationStatus,
  isRunnable,
  JOB_STATUS,
  toMigrationStatus,
} from "../state/state_machine.ts";
import { type Job, jsonLiteral, tablesOf } from "../state/rows.ts";
import type { Cursor, KeyRange, Scan } from "../strategy/strategy.ts";
import { keptWaiting } from "../throttle/indicators/blocked_by_us.ts";
import { logTransition, type RefusedWork } from "../state/transition.ts";
import { scanOf } from "../state/scan.ts";
import type { SubBatchWork } from "./work.ts";

/** How a sub-batch ended. */
export type SubBatchEnd =
  | {
    readonly kind: "done";
    /** The last key that is done now. */
    readonly cursor: Cursor;
    /** It was the batch's last: the batch has succeeded. */
    readonly isLast: boolean;
    readonly affected: number;
    /** From BEGIN to COMMIT. */
    readonly milliseconds: number;
    /** Milliseconds for which somebody had waited for it at its end; 0 when nobody did. */
    readonly waited: number;
  }
  /** The batch is another worker's now. Nothing was done. */
  | { readonly kind: "fenced" }
  /** The migration was paused, or is over. Nothing was done. */
  | { readonly kind: "stopped"; readonly status: BatchedMigrationStatus }
  /** The server, or the job's code, refused it. Nothing was done. */
  | {
    readonly kind: "refused";
    readonly refused: RefusedWork;
    readonly server: ServerError | undefined;
    /** Undefined where not even the bound could be found. */
    readonly until: Cursor | undefined;
  };

/** The lease's length beyond what one statement may take, in milliseconds. */
const LEASE_MARGIN = 15_000;

/** Milliseconds that a lease lasts: longer than a sub-batch with its pause may take. */
export function leaseOf({ migration: { declaration, pauseMs } }: Pick<Job, "migration">): number {
  return declaration.statementTimeout + pauseMs + LEASE_MARGIN;
}

/** SQL for the end of a lease that is taken or renewed now. */
export function leaseEnd(job: Pick<Job, "migration">): string {
  return `pg_catalog.clock_timestamp() + interval '${leaseOf(job)} milliseconds'`;
}

/**
 * Runs the next sub-batch of a batch.
 *
 * @param at.size Units to take.
 * @throws {Failure} `connection/lost`: then it is not known whether it was committed; the cursor in
 * the database says.
 */
export async function runSubBatch(
  context: WorkerContext,
  job: Job,
  at: {
    readonly cursor: Cursor | undefined;
    readonly size: number;
    /** Why it is not worked at full speed. */
    readonly slowed: string | undefined;
    readonly work: SubBatchWork;
  },
): Promise<SubBatchEnd> {
  const { session, clock } = context;
  const began = clock.elapsed();
  const scan = scanOf(job, session.server.version);
  let until: Cursor | undefined;
  try {
    const entered = await enter(context, { job, scan, ...at });
    if (entered.kind !== "entered") {
      await rollBack(session);
      return entered;
    }
    until = entered.range.until;
    const isLast = entered.isLast;
    const { range } = entered;
    const strategy = context.strategyOf(job.migration);
    const working = at.work({
      job,
      range,
      isLast,
      condition: (alias) => strategy.condition(scan, { ...range, alias }),
      send: (statements) => send(session, statements),
      distinct: () => distinctKeys(session, strategy.distinct?.(scan, range)),
    });
    // A job's code may do something else when the connection goes, and not hear of it.
    const affected = await Promise.race([working, session.lost]);
    const { rows } = await session.query(
      [CATALOG_SEARCH_PATH, ...finish(context, { job, until, isLast, affected, ...at }), "COMMIT"]
        .join(";\n"),
    );
    // The row was held: it cannot be another's. A body that ended the transaction would get here.
    if (rows[0]?.["id"] !== job.id) return { kind: "fenced" };
    return {
      kind: "done",
      cursor: until,
      isLast,
      affected,
      milliseconds: clock.elapsed() - began,
      waited: Number(rows[0]?.["waited"] ?? 0),
    };
  } catch (error) {
    await rollBack(session);
    if (session.isLost) throw error;
    const server = error instanceof SqlError ? error.server : undefined;
    return { kind: "refused", refused: refusedBy(error), server, until };
  }
}

/** PostgreSQL's own, whatever path it meets. */
const EQUALS = "OPERATOR(pg_catalog.=)";

async function enter(
  { name, session, strategyOf }: WorkerContext,
  { job, scan, cursor, size }: {
    readonly job: Job;
    readonly scan: Scan;
    readonly cursor: Cursor | undefined;
    readonly size: number;
  },
): Promise<
  | { readonly kind: "entered"; readonly range: KeyRange; readonly isLast: boolean }
  | { readonly kind: "fenced" }
  | { readonly kind: "stopped"; readonly status: BatchedMigrationStatus }
> {
  const { jobs, migrations } = tablesOf(name);
  const after = cursor ?? job.after;
  const bound = strategyOf(job.migration).bound(scan, { after, until: job.until, size });
  const { statementTimeout, lockTimeout, parameters } = job.migration.declaration;
  // Between its statements a job's code may take as long as one of them.
  const limits = {
    statementTimeout,
    lockTimeout,
    ...(parameters ? { idle: statementTimeout } : {}),
  };
  const own = `SELECT m.status, (SELECT b.last FROM (${bound}) AS b) AS last
    FROM ${jobs} AS j
    JOIN ${migrations} AS m ON m.id ${EQUALS} j.batched_background_migration_id
    WHERE j.id ${EQUALS} ${job.id}
      AND j.lease_token ${EQUALS} ${job.token}
      AND j.status ${EQUALS} ${JOB_STATUS.running}
    FOR NO KEY UPDATE OF j`;
  const { rows } = await session.query(
    `${begin(session, limits)}; ${askStrategy(own)}; ${BODY_SEARCH_PATH}`,
  );
  const [row] = rows;
  if (row === undefined) return { kind: "fenced" };
  const status = toMigrationStatus(Number(row["status"]));
  if (!isRunnable(status)) return { kind: "stopped", status };
  const last = row["last"];
  const until = last == null ? job.until : JSON.parse(last) as Cursor;
  const isLast = last == null || JSON.stringify(until) === JSON.stringify(job.until);
  return { kind: "entered", range: { after, until }, isLast };
}

async function send(session: Session, statements: readonly string[]): Promise<readonly Answer[]> {
  const result = await session.pipeline(statements);
  if (!result.ok) throw new SqlError(result.error);
  return result.answers;
}

async function distinctKeys(
  session: Session,
  query: string | undefined,
): Promise<readonly Cursor[]> {
  if (query === undefined) {
    throw new JobMisuse('Distinct values are walked by `strategy: "loose-index-scan"` only.');
  }
  const { rows } = await session.query(askStrategy(query));
  await session.query(BODY_SEARCH_PATH);
  return rows.map((row) => JSON.parse(row["key"]!));
}

/** What belongs into the same transaction as the work; the UPDATE's row is the last that comes back. */
function finish(
  { name, worker, session }: WorkerContext,
  { job, until, isLast, affected, size, slowed }: {
    readonly job: Job;
    readonly until: Cursor;
    readonly isLast: boolean;
    readonly affected: number;
    readonly size: number;
    readonly slowed: string | undefined;
  },
): readonly string[] {
  // How many lay in the rest of a batch nobody has counted; at its end it is known to be whole.
  const units = isLast && !endsSegment(job) ? "batch_size" : `units + ${isLast ? affected : size}`;
  const end = isLast
    ? `status = ${JOB_STATUS.succeeded},
      finished_at = clock_timestamp(),
      lease_expires_at = NULL,
      next_attempt_at = NULL`
    : `lease_expires_at = ${leaseEnd(job)}`;
  return [
    // A batch that moves on has not failed, so its attempts begin anew.
    `UPDATE ${tablesOf(name).jobs}
    SET cursor = ${jsonLiteral(until)},
      units = ${units},
      sub_batches = sub_batches + 1,
      affected_rows = affected_rows + ${affected},
      attempts = 1,
      metrics = ${jsonLiteral(slowed === undefined ? {} : { slowed })},
      updated_at = clock_timestamp(),
      ${end}
    WHERE id = ${job.id} AND lease_token = ${job.token}
    RETURNING id, ${keptWaiting(session.server.version)} AS waited`,
    ...(isLast
      ? [logTransition(name, { job: job.id, from: "running", to: "succeeded", worker })]
      : []),
  ];
}

/** Whether it is the last of what is handed out now, and so may be smaller than others. */
export function endsSegment({ segment, until, migration }: Job): boolean {
  return segment === migration.segment &&
    JSON.stringify(until) === JSON.stringify(migration.position?.until);
}

/** What was thrown, as it is stored: a job's own errors have no SQLSTATE. */
export function refusedBy(error: unknown): RefusedWork {
  if (error instanceof SqlError) {
    const { sqlstate, message, detail } = error.server;
    return { sqlstate, message: detail ? `${message} (${detail})` : message };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { sqlstate: undefined, name, message };
}

/**
 * One sub-batch: one transaction that does the work, moves the batch's cursor, and asserts that the
 * worker still holds the lease. If the process or the server crashes at any point, all of it is
 * committed or none.
 *
 * The transaction locks the batch's row from its beginning. A worker whose lease has expired cannot
 * interfere with the next one: the next worker claims the batch with a new token, after the row
 * lock was released.
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
import { TableReplaced } from "./changed_table.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { CATALOG_SEARCH_PATH } from "../../connection/session/begin_statement.ts";
import { askStrategy, begin, BODY_SEARCH_PATH } from "../state/background_transaction.ts";
import { rollBack } from "../../connection/session/transaction.ts";
import {
  type BatchedMigrationStatus,
  isRunnable,
  JOB_STATUS,
  toMigrationStatus,
} from "../state/state_machine.ts";
import { type Job, jsonLiteral, tablesOf } from "../state/rows.ts";
import { SCANNED_ROW } from "../strategy/key.ts";
import type { BatchingStrategy, Cursor, KeyRange, Scan } from "../strategy/strategy.ts";
import { keptWaiting } from "../throttle/indicators/blocked_by_us.ts";
import { logTransition, type RefusedWork } from "../state/transition.ts";
import { leaseEnd } from "./lease.ts";
import { scanOf } from "../state/scan.ts";
import type { SubBatchWork } from "./sub_batch_work.ts";

/** How a sub-batch ended. */
export type SubBatchEnd =
  | {
    readonly kind: "done";
    /** The last key of the sub-batch: all keys up to it are done. */
    readonly cursor: Cursor;
    /** Whether this was the last sub-batch: the batch has succeeded. */
    readonly isLast: boolean;
    readonly affected: number;
    /** From BEGIN to COMMIT. */
    readonly milliseconds: number;
    /**
     * Milliseconds for which another session had waited for its locks at its end; 0 if none had.
     */
    readonly waited: number;
    /** The pause after it in milliseconds, as it was set when the sub-batch began. */
    readonly pauseMs: number;
  }
  /** Another worker holds the lease. Nothing was done. */
  | { readonly kind: "fenced" }
  /** The migration is paused or finished. Nothing was done. */
  | { readonly kind: "stopped"; readonly status: BatchedMigrationStatus }
  /** The server or the job's code refused it. Nothing was done. */
  | {
    readonly kind: "refused";
    readonly refused: RefusedWork;
    readonly server: ServerError | undefined;
    /** Undefined if the query for the bound failed. */
    readonly until: Cursor | undefined;
  };

/**
 * Runs the next sub-batch of a batch in one transaction.
 *
 * @param at.size The units of the sub-batch.
 * @throws {Failure} `connection/lost`: the COMMIT may have succeeded; the cursor in the database
 * tells.
 */
export async function runSubBatch(
  context: WorkerContext,
  job: Job,
  at: {
    readonly cursor: Cursor | undefined;
    readonly size: number;
    /** Why the migration does not run at full speed. */
    readonly slowed: string | undefined;
    readonly work: SubBatchWork;
  },
): Promise<SubBatchEnd> {
  const { session, clock } = context;
  const began = clock.elapsed();
  const scan = scanOf(job, session.server.version);
  let until: Cursor | undefined;
  try {
    const opened = await openTransaction(context, { job, scan, ...at });
    if (opened.kind !== "opened") {
      await rollBack(session);
      return opened;
    }
    until = opened.range.until;
    const isLast = opened.isLast;
    const { range } = opened;
    const strategy = context.strategyOf(job.migration);
    const lastUnits = isLast && endsSegment(job)
      ? await countUnits(session, { scan, range, strategy })
      : undefined;
    const working = at.work({
      job,
      range,
      isLast,
      condition: (alias) => strategy.condition(scan, { ...range, alias }),
      send: (statements) => send(session, statements),
      distinct: () => distinctKeys(session, strategy.distinct?.(scan, range)),
    });
    // A job's code may be busy elsewhere when the connection is lost, and would not notice it.
    const affected = await Promise.race([working, session.lost]);
    const { rows } = await session.query(
      [
        CATALOG_SEARCH_PATH,
        ...finish(context, { job, until, isLast, affected, lastUnits, ...at }),
        "COMMIT",
      ]
        .join(";\n"),
    );
    // The locked row cannot have a new token. A body that ended the transaction gets here.
    if (rows[0]?.["id"] !== job.id) return { kind: "fenced" };
    return {
      kind: "done",
      cursor: until,
      isLast,
      affected,
      milliseconds: clock.elapsed() - began,
      waited: Number(rows[0]?.["waited"] ?? 0),
      pauseMs: opened.pauseMs,
    };
  } catch (error) {
    await rollBack(session);
    if (session.isLost) throw error;
    const server = error instanceof SqlError ? error.server : undefined;
    return { kind: "refused", refused: refusedBy(error), server, until };
  }
}

/** The operator of pg_catalog, for any search_path. */
const EQUALS = "OPERATOR(pg_catalog.=)";

async function openTransaction(
  { name, session, strategyOf }: WorkerContext,
  { job, scan, cursor, size }: {
    readonly job: Job;
    readonly scan: Scan;
    readonly cursor: Cursor | undefined;
    readonly size: number;
  },
): Promise<
  | {
    readonly kind: "opened";
    readonly range: KeyRange;
    readonly isLast: boolean;
    readonly pauseMs: number;
  }
  | { readonly kind: "fenced" }
  | { readonly kind: "stopped"; readonly status: BatchedMigrationStatus }
> {
  const { jobs, migrations } = tablesOf(name);
  const after = cursor ?? job.after;
  const bound = strategyOf(job.migration).bound(scan, { after, until: job.until, size });
  const { statementTimeout, lockTimeout, parameters } = job.migration.declaration;
  // A job's code may take as long between two statements as a statement may.
  const limits = {
    statementTimeout,
    lockTimeout,
    ...(parameters ? { idle: statementTimeout } : {}),
  };
  const segment = job.migration.scanPlan!.segments[job.segment]!;
  const claimedRow = `SELECT m.status, m.pause_ms,
      pg_catalog.to_regclass(${quoteLiteral(segment.relation)})
        OPERATOR(pg_catalog.<>) ${segment.oid}::pg_catalog.oid AS is_replaced,
      (SELECT b.last FROM (${bound}) AS b) AS last
    FROM ${jobs} AS j
    JOIN ${migrations} AS m ON m.id ${EQUALS} j.batched_background_migration_id
    WHERE j.id ${EQUALS} ${job.id}
      AND j.lease_token ${EQUALS} ${job.token}
      AND j.status ${EQUALS} ${JOB_STATUS.running}
    FOR NO KEY UPDATE OF j`;
  const { rows } = await session.query(
    `${begin(session, limits)}; ${askStrategy(claimedRow)}; ${BODY_SEARCH_PATH}`,
  );
  const [row] = rows;
  if (row === undefined) return { kind: "fenced" };
  const status = toMigrationStatus(Number(row["status"]));
  if (!isRunnable(status)) return { kind: "stopped", status };
  if (row["is_replaced"] === "t") throw new TableReplaced(segment.relation);
  const last = row["last"];
  const until = last == null ? job.until : JSON.parse(last) as Cursor;
  const isLast = last == null || JSON.stringify(until) === JSON.stringify(job.until);
  return { kind: "opened", range: { after, until }, isLast, pauseMs: Number(row["pause_ms"]) };
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

/**
 * Counts the rows of the sub-batch that ends a segment: it may be smaller than others, and its
 * statements need not change each row. Undefined where units are not rows.
 */
async function countUnits(
  session: Session,
  { scan, range, strategy }: {
    readonly scan: Scan;
    readonly range: KeyRange;
    readonly strategy: BatchingStrategy;
  },
): Promise<number | undefined> {
  if (scan.key.length === 0 || strategy.distinct !== undefined) return undefined;
  const condition = strategy.condition(scan, { ...range, alias: SCANNED_ROW });
  const { rows } = await session.query(
    askStrategy(
      `SELECT pg_catalog.count(*) AS units
      FROM ONLY ${scan.relation} AS ${SCANNED_ROW}
      WHERE ${condition}`,
    ),
  );
  await session.query(BODY_SEARCH_PATH);
  return Number(rows[0]!["units"]);
}

/**
 * The statements that end the work's transaction. The row of the UPDATE is the last row returned.
 */
function finish(
  { name, worker, session }: WorkerContext,
  { job, until, isLast, affected, lastUnits, size, slowed }: {
    readonly job: Job;
    readonly until: Cursor;
    readonly isLast: boolean;
    readonly affected: number;
    /** Units of the sub-batch that ends a segment, if they were counted. */
    readonly lastUnits: number | undefined;
    readonly size: number;
    readonly slowed: string | undefined;
  },
): readonly string[] {
  // A batch that did not end its segment is whole.
  const units = isLast && !endsSegment(job)
    ? "batch_size"
    : `units + ${isLast ? lastUnits ?? affected : size}`;
  const end = isLast
    ? `status = ${JOB_STATUS.succeeded},
      finished_at = clock_timestamp(),
      lease_expires_at = NULL,
      next_attempt_at = NULL`
    : `lease_expires_at = ${leaseEnd(job)}`;
  return [
    // A batch that makes progress starts again with its first attempt.
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

/** Whether the batch is the last one of its segment, and so may be smaller than others. */
export function endsSegment({ segment, until, migration }: Job): boolean {
  return segment === migration.segment &&
    JSON.stringify(until) === JSON.stringify(migration.position?.until);
}

/** The thrown error in the form that is stored. Errors of a job's code have no SQLSTATE. */
export function refusedBy(error: unknown): RefusedWork {
  if (error instanceof SqlError) {
    const { sqlstate, message, detail } = error.server;
    return { sqlstate, message: detail ? `${message} (${detail})` : message };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { sqlstate: undefined, name, message };
}

/**
 * Ends or updates a worker's leased batch: gives it back, records an error, moves a row to
 * quarantine. Each statement has an effect only while the worker holds the lease.
 *
 * @module
 */

import { forgetSegment } from "./changed_table.ts";
import type { WorkerContext } from "./worker_context.ts";
import { inTransaction, transaction } from "../state/background_transaction.ts";
import { JOB_STATUS } from "../state/state_machine.ts";
import { leaseEnd } from "./lease.ts";
import { endsSegment } from "./sub_batch.ts";
import { type Job, jsonLiteral, tablesOf, textLiteral } from "../state/rows.ts";
import type { Cursor } from "../strategy/strategy.ts";
import { reportTransition } from "./report_transition.ts";
import {
  exceptionOf,
  logTransition,
  moveMigration,
  type RefusedWork,
} from "../state/transition.ts";

/** The range of a sub-batch that was refused. */
export interface RefusedRange {
  readonly refused: RefusedWork;
  readonly after: Cursor | undefined;
  readonly until: Cursor | undefined;
}

/**
 * Gives a batch back, so that any worker can continue it at once.
 *
 * @param subBatchSize The size of the batch's next sub-batch.
 */
export async function giveBackJob(
  context: WorkerContext,
  job: Job,
  { subBatchSize }: { readonly subBatchSize: number },
): Promise<void> {
  const { name, session, worker } = context;
  const update = change(context, job, [
    `status = ${JOB_STATUS.pending}`,
    "lease_expires_at = NULL",
    // An interruption does not count as an attempt.
    "attempts = GREATEST(attempts - 1, 0)",
    `sub_batch_size = ${subBatchSize}`,
  ]);
  await inTransaction(session, [
    `WITH changed AS (${update}) ${
      logTransition(name, { job: "changed.id", from: "running", to: "pending", worker })
    }, changed`,
  ]);
  reportTransition(context, job, { from: "running", to: "pending" });
}

/** RETURNING clause that orders two logged transitions: the second INSERT reads from the first. */
const LOGGED = "RETURNING batched_background_migration_job_id AS id";

/** Records a refusal after which this worker continues at once with fewer rows. */
export async function recordRefusal(
  context: WorkerContext,
  job: Job,
  range: RefusedRange & { readonly subBatchSize: number },
): Promise<void> {
  const { name, session, worker } = context;
  const update = change(context, job, [
    `sub_batch_size = ${range.subBatchSize}`,
    `lease_expires_at = ${leaseEnd(job)}`,
  ]);
  await inTransaction(session, [
    `WITH changed AS (
      ${update}
    ),
    refused AS (
      ${logRefusal(context, range)}, changed ${LOGGED}
    )
    ${logTransition(name, { job: "refused.id", from: "failed", to: "running", worker })}, refused`,
  ]);
  const { refused } = range;
  reportTransition(context, job, { from: "running", to: "failed", refused, isNarrowed: true });
  reportTransition(context, job, { from: "failed", to: "running" });
}

/** Fails a batch. It is retried after `retryIn`, unless its attempts are used up. */
export async function failJob(
  context: WorkerContext,
  job: Job,
  range: RefusedRange & {
    readonly subBatchSize: number;
    /** Milliseconds. */
    readonly retryIn: number;
    /** Lock contention: the batch is retried without limit. */
    readonly isContended: boolean;
  },
): Promise<void> {
  const { session } = context;
  const update = change(context, job, [
    `status = ${JOB_STATUS.failed}`,
    "finished_at = clock_timestamp()",
    "lease_expires_at = NULL",
    `sub_batch_size = ${range.subBatchSize}`,
    `next_attempt_at = clock_timestamp() + interval '${range.retryIn} milliseconds'`,
    ...(range.isContended
      ? [`attempts = LEAST(attempts, ${job.migration.declaration.maxAttempts - 1})`]
      : []),
  ]);
  await inTransaction(session, [
    `WITH changed AS (${update}) ${logRefusal(context, range)}, changed`,
  ]);
  reportTransition(context, job, { from: "running", to: "failed", refused: range.refused });
}

/** Fails the batch and its migration at once: a retry would not help. */
export async function failMigration(
  context: WorkerContext,
  job: Job,
  range: RefusedRange & { readonly subBatchSize: number; readonly reason: string },
): Promise<void> {
  const { name, session, who, report } = context;
  const { migration } = job;
  // A user resumes the migration after a fix, so the batch may be retried at once.
  const update = change(context, job, [
    `status = ${JOB_STATUS.failed}`,
    "finished_at = clock_timestamp()",
    "lease_expires_at = NULL",
    `sub_batch_size = ${range.subBatchSize}`,
    "next_attempt_at = clock_timestamp()",
  ]);
  const rows = await whileLeased(context, job, async () => {
    const { rows } = await session.query(
      `WITH changed AS (${update}) ${logRefusal(context, range)}, changed; ` +
        moveMigration(name, { migration: migration.id, event: "fail", who, reason: range.reason }),
    );
    return rows;
  });
  if (rows === undefined) return;
  reportTransition(context, job, { from: "running", to: "failed", refused: range.refused });
  if (rows.length === 0) return;
  report({
    type: "migration-transition",
    database: name.database,
    id: migration.id,
    name: migration.declaration.name,
    event: "fail",
    newState: "failed",
    reason: range.reason,
  });
}

/**
 * Moves a single unit to quarantine and the cursor past it, in one transaction.
 *
 * @returns `full` when the migration has reached `maxQuarantined`; `fenced` when the lease was
 * lost. Nothing was changed then.
 */
export async function quarantine(
  context: WorkerContext,
  job: Job,
  range: RefusedRange & { readonly until: Cursor; readonly subBatchSize: number },
): Promise<"aside" | "full" | "fenced"> {
  const { name, session, report } = context;
  const { migration } = job;
  const tables = tablesOf(name);
  const { maxQuarantined } = migration.declaration;
  const { exceptionClass, exceptionMessage } = exceptionOf(range.refused);
  const isLast = JSON.stringify(range.until) === JSON.stringify(job.until);
  const end = isLast
    ? [
      `status = ${JOB_STATUS.succeeded}`,
      "finished_at = clock_timestamp()",
      "lease_expires_at = NULL",
    ]
    : [`lease_expires_at = ${leaseEnd(job)}`];
  const room = `(
          SELECT count(*)
          FROM ${tables.quarantine} AS q
          WHERE q.batched_background_migration_id = ${migration.id} AND q.resolved_at IS NULL
        ) < ${maxQuarantined}`;
  const update = change(context, job, [
    `cursor = ${jsonLiteral(range.until)}`,
    `sub_batch_size = ${range.subBatchSize}`,
    // The row is done with, as far as progress goes. A batch that did not end its segment is whole.
    `units = ${isLast && !endsSegment(job) ? "batch_size" : "units + 1"}`,
    ...end,
  ], room);
  const { worker } = context;
  const refused = logTransition(name, {
    job: "changed.id",
    from: "running",
    to: "failed",
    worker,
    refused: range.refused,
    cursor: range.after,
    until: range.until,
  });
  const continued = logTransition(name, {
    job: "logged.id",
    from: "failed",
    to: isLast ? "succeeded" : "running",
    worker,
  });
  const answer = await whileLeased(context, job, () =>
    session.query(
      `WITH changed AS (
        ${update}
      ),
      aside AS (
        INSERT INTO ${tables.quarantine} (
          created_at, batched_background_migration_id, batched_background_migration_job_id,
          segment, after_cursor, until_cursor, sqlstate, message
        )
        SELECT clock_timestamp(), ${migration.id}, changed.id,
          ${job.segment}, ${jsonLiteral(range.after)}, ${jsonLiteral(range.until)},
          ${textLiteral(range.refused.sqlstate ?? "")}, ${textLiteral(exceptionMessage)}
        FROM changed
      ),
      logged AS (
        ${refused}, changed ${LOGGED}
      )
      ${continued}, logged ${LOGGED}`,
    ));
  if (answer === undefined) return "fenced";
  if (answer.rows.length === 0) return "full";
  report({
    type: "quarantined",
    database: name.database,
    id: migration.id,
    name: migration.declaration.name,
    job: job.id,
    key: range.until,
    exceptionClass,
    exceptionMessage,
  });
  return "aside";
}

/** Ends a batch whose partition was dropped. */
export async function endOfRange(context: WorkerContext, job: Job): Promise<void> {
  const { name, session, worker } = context;
  const update = change(context, job, [
    `status = ${JOB_STATUS.succeeded}`,
    "finished_at = clock_timestamp()",
    "lease_expires_at = NULL",
  ]);
  await inTransaction(session, [
    ...forgetSegment(context, job.migration, job.segment),
    update,
    logTransition(name, { job: job.id, from: "running", to: "succeeded", worker }),
  ]);
}

/** An UPDATE of the batch's row that has an effect only while this worker holds the lease. */
function change(
  { name }: WorkerContext,
  job: Job,
  assignments: readonly string[],
  condition = "true",
): string {
  return `UPDATE ${tablesOf(name).jobs}
      SET ${["updated_at = clock_timestamp()", ...assignments].join(", ")}
      WHERE id = ${job.id}
        AND lease_token = ${job.token}
        AND status = ${JOB_STATUS.running}
        AND ${condition}
      RETURNING id`;
}

/**
 * Runs work that also changes the migration, with the rows of both locked: two workers must not
 * both take the last place in quarantine, and no worker may claim in between.
 *
 * @returns Undefined when the lease was lost; nothing was done then.
 */
async function whileLeased<T>(
  { name, session }: WorkerContext,
  job: Job,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const { migrations, jobs } = tablesOf(name);
  return await transaction(session, async () => {
    const { rows } = await session.query(
      `SELECT FROM ${migrations} WHERE id = ${job.migration.id} FOR NO KEY UPDATE;
      SELECT id
      FROM ${jobs}
      WHERE id = ${job.id} AND lease_token = ${job.token} AND status = ${JOB_STATUS.running}
      FOR NO KEY UPDATE`,
    );
    return rows.length === 0 ? undefined : await work();
  });
}

/** Logs the refusal of the batch in the CTE `changed`. */
function logRefusal(
  { name, worker }: WorkerContext,
  { refused, after, until }: RefusedRange,
): string {
  return logTransition(name, {
    job: "changed.id",
    from: "running",
    to: "failed",
    worker,
    refused,
    cursor: after,
    until,
  });
}

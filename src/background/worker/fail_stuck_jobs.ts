/**
 * Fails batches whose workers were lost again and again.
 *
 * @module
 */

import type { WorkerContext } from "./worker_context.ts";
import { JOB_STATUS } from "../state/state_machine.ts";
import { type StoredMigration, tablesOf } from "../state/rows.ts";
import { logTransition } from "../state/transition.ts";

/**
 * A worker that dies has mostly been killed, which is no fault of the batch: it may be lost so many
 * times as often, without a single sub-batch done in between, as it may fail.
 */
const LOST_FACTOR = 3;

/** How often a batch is begun whose workers are lost. */
export function maxLosses({ declaration: { maxAttempts } }: StoredMigration): number {
  return maxAttempts * LOST_FACTOR;
}

/**
 * Lets batches fail whose workers were lost as often as they may be, inside the transaction that holds
 * the migration's row: nobody takes them any more, so they would keep it from ending.
 *
 * @returns Whether there were any.
 */
export async function failStuckJobs(
  { name, session, worker }: WorkerContext,
  migration: StoredMigration,
): Promise<boolean> {
  const { jobs } = tablesOf(name);
  const most = maxLosses(migration);
  const refused = {
    sqlstate: undefined,
    name: "LostWorker",
    message: `its worker was not heard of again, ${most} times in a row`,
  };
  const { rows } = await session.query(
    // A worker that lost only its connection gave its batch back: such a batch is pending.
    `WITH lost AS (
      SELECT j.id
      FROM ${jobs} AS j
      WHERE j.batched_background_migration_id = ${migration.id}
        AND j.attempts >= ${most}
        AND (
          j.status = ${JOB_STATUS.pending}
          OR j.status = ${JOB_STATUS.running} AND j.lease_expires_at <= clock_timestamp()
        )
      FOR NO KEY UPDATE SKIP LOCKED
    ),
    changed AS (
      UPDATE ${jobs} AS j
      SET status = ${JOB_STATUS.failed},
        lease_expires_at = NULL,
        finished_at = clock_timestamp(),
        updated_at = clock_timestamp()
      FROM lost
      WHERE j.id = lost.id
      RETURNING j.id
    ),
    logged AS (
      ${logTransition(name, { job: "changed.id", from: "running", to: "failed", worker, refused })},
        changed
    )
    SELECT id FROM changed`,
  );
  return rows.length > 0;
}

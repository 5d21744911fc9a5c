/**
 * Fails batches whose workers were lost repeatedly.
 *
 * @module
 */

import type { WorkerContext } from "./worker_context.ts";
import { JOB_STATUS } from "../state/state_machine.ts";
import { type StoredMigration, tablesOf } from "../state/rows.ts";
import { logTransition } from "../state/transition.ts";

/**
 * A lost worker was usually killed, which is not the batch's fault. So a batch may lose its worker
 * this many times as often as it may fail, without a committed sub-batch in between.
 */
const LOST_FACTOR = 3;

/** The limit attempts of a batch whose workers are lost. */
export function maxLosses({ declaration: { maxAttempts } }: StoredMigration): number {
  return maxAttempts * LOST_FACTOR;
}

/**
 * Fails batches that have lost `maxLosses` workers, inside the transaction that holds the
 * migration's row lock. No worker claims them any more, so they would keep the migration from
 * ending.
 *
 * @returns Whether any batch failed.
 */
export async function failStuckJobs(
  { name, session, worker }: WorkerContext,
  migration: StoredMigration,
): Promise<boolean> {
  const { jobs } = tablesOf(name);
  const limit = maxLosses(migration);
  const refused = {
    sqlstate: undefined,
    name: "LostWorker",
    message: `its worker was not heard of again, ${limit} times in a row`,
  };
  const { rows } = await session.query(
    // A pending batch was given back by a worker that lost only its connection.
    `WITH lost AS (
      SELECT j.id, j.status AS previous
      FROM ${jobs} AS j
      WHERE j.batched_background_migration_id = ${migration.id}
        AND j.attempts >= ${limit}
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
      RETURNING j.id, lost.previous
    ),
    logged AS (
      ${
      logTransition(name, {
        job: "changed.id",
        from: { sql: "changed.previous" },
        to: "failed",
        worker,
        refused,
      })
    }, changed
    )
    SELECT id FROM changed`,
  );
  return rows.length > 0;
}

/**
 * Batched migrations that are over, for tests of the janitor.
 *
 * @module
 */

import { readProgressSnapshots } from "../../src/background/status/progress_snapshot.ts";
import { ADD_ONE, BACKGROUND, declared, queue, type Scene, work } from "./background.ts";

/** Queues a migration of `counted` and works on it; returns its id. */
export async function finished(
  scene: Scene,
  given: { readonly batchSize: number; readonly name?: string },
) {
  const sql = ADD_ONE;
  const limits = {
    maxBatchSize: given.batchSize,
    subBatchSize: given.batchSize,
    maxQuarantined: 9,
  };
  const id = await queue(scene.session, declared({ table: "counted", sql, ...limits, ...given }));
  await scene.sql(
    `UPDATE migrator.batched_background_migrations SET max_batch_size = batch_size WHERE id = ${id}`,
  );
  await work(scene.connector);
  return id;
}

/** Adds batches that were done long ago, without the work. */
export async function invented(
  scene: Scene,
  { jobs, id }: { readonly jobs: number; readonly id: string },
) {
  await scene.sql(
    "WITH j AS (INSERT INTO migrator.batched_background_migration_jobs (created_at, updated_at, " +
      "started_at, finished_at, batched_background_migration_id, batch_size, sub_batch_size, " +
      "status, attempts, pause_ms, max_cursor, sub_batches, units, affected_rows) SELECT now, now, " +
      `now, now + interval '2 seconds', ${id}, 10, 5, 3, 1, 0, '["1"]', 2, 10, 7 FROM ` +
      `(SELECT now() - interval '2 days' AS now) AS now, generate_series(1, ${jobs}) RETURNING id) ` +
      "INSERT INTO migrator.batched_background_migration_job_transition_logs " +
      "(batched_background_migration_job_id, created_at, updated_at, previous_status, next_status) " +
      "SELECT id, now(), now(), 0, 1 FROM j UNION ALL SELECT id, now(), now(), 1, 3 FROM j",
  );
}

/** What `list` and `show` tell, whatever was folded. */
export async function told(scene: Scene) {
  const snapshots = await readProgressSnapshots(scene.session, BACKGROUND, { all: true });
  return snapshots.map(({ done, affected, jobs, status }) => ({ done, affected, jobs, status }));
}

/** How many batches and transitions there are. */
export const COUNTS =
  "SELECT (SELECT count(*) FROM migrator.batched_background_migration_jobs) AS jobs, " +
  "(SELECT count(*) FROM migrator.batched_background_migration_job_transition_logs) AS logs";

/** What was folded. */
export const SUMMARIES = "SELECT * FROM migrator.batched_background_migration_summaries";

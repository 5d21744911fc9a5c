// Pure.
/**
 * Deletes batches of a chunk and counts them in one statement. So the summary and the remaining
 * batches always add up to the whole.
 *
 * @module
 */

import { JOB_STATUS } from "../state/state_machine.ts";
import { type BackgroundTables, tablesOf } from "../state/rows.ts";
import type { ClaimedChunk } from "./chunk.ts";
import { batchesOf } from "./chunk.ts";

/**
 * Deletes the next batches in one state.
 *
 * The statement returns no row if another janitor holds the lease. Otherwise it returns `last`, the
 * id of the last deleted batch; NULL if there was none.
 */
export function deletion(
  name: BackgroundTables,
  { migration, token, chunk }: Pick<ClaimedChunk, "migration" | "token" | "chunk">,
  { status, after, limit, lease }: {
    readonly status: number;
    /** The id of the last batch that is already deleted. */
    readonly after: string;
    readonly limit: number;
    /** SQL for the end of the lease. */
    readonly lease: string;
  },
): string {
  const { jobs, logs, summaries } = tablesOf(name);
  const plus = (column: string, sum = `sums.${column}`) => `${column} = s.${column} + ${sum}`;
  const one = (state: keyof typeof JOB_STATUS) =>
    status === JOB_STATUS[state] ? [plus(`jobs_${state}`, "sums.jobs")] : [];
  const size = (which: "first" | "last", column: string) =>
    `${which}_${column} = COALESCE(${which === "first" ? `s.first_${column}, ` : ""}` +
    `(SELECT e.${column} FROM gone AS e WHERE e.id = sums.${which}), s.${which}_${column})`;
  const assignments = [
    ...one("pending"),
    ...one("running"),
    ...one("failed"),
    ...one("succeeded"),
    plus("units"),
    plus("affected_rows"),
    plus("sub_batches"),
    plus("seconds_worked"),
    plus("transitions", "logged.transitions"),
    plus("failures", "logged.failures"),
    plus("attempts", "logged.attempts"),
    "started_at = LEAST(s.started_at, sums.started_at)",
    "finished_at = GREATEST(s.finished_at, sums.finished_at)",
    size("first", "batch_size"),
    size("first", "sub_batch_size"),
    size("last", "batch_size"),
    size("last", "sub_batch_size"),
    "updated_at = clock_timestamp()",
    `lease_expires_at = ${lease}`,
  ];
  // Deleting a batch deletes its log: the foreign key cascades.
  return `WITH mine AS (
      SELECT s.id
      FROM ${summaries} AS s
      WHERE s.batched_background_migration_id = ${migration} AND s.lease_token = ${token}
      FOR NO KEY UPDATE
    ),
    doomed AS (
      SELECT j.id
      FROM ${jobs} AS j
      WHERE EXISTS (SELECT FROM mine)
        AND ${batchesOf(chunk, { migration, status, after })}
      ORDER BY j.id
      LIMIT ${limit}
    ),
    logged AS (
      SELECT count(*) AS transitions,
        count(*) FILTER (WHERE l.next_status = ${JOB_STATUS.failed}) AS failures,
        count(*) FILTER (WHERE l.next_status = ${JOB_STATUS.running}) AS attempts
      FROM ${logs} AS l
      WHERE l.batched_background_migration_job_id IN (SELECT id FROM doomed)
    ),
    gone AS (
      DELETE FROM ${jobs} AS j
      USING doomed
      WHERE j.id = doomed.id
      RETURNING j.*
    ),
    sums AS (
      SELECT count(*) AS jobs,
        COALESCE(sum(units), 0) AS units,
        COALESCE(sum(affected_rows), 0) AS affected_rows,
        COALESCE(sum(sub_batches), 0) AS sub_batches,
        COALESCE(sum(date_part('epoch', finished_at - started_at)), 0) AS seconds_worked,
        min(created_at) AS started_at,
        max(finished_at) AS finished_at,
        min(id) AS first,
        max(id) AS last
      FROM gone
    )
    UPDATE ${summaries} AS s
    SET ${assignments.join(",\n      ")}
    FROM mine, sums, logged
    WHERE s.id = mine.id
    RETURNING sums.last`;
}

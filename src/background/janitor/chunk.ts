// Pure.
/**
 * A chunk: the batches that the janitor compacts at once, and the SQL that chooses them.
 *
 * The janitor records the chunk before it does anything else. Finished batches never change, so a janitor
 * that takes over after a crash writes the same bytes and deletes the same rows.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { isoTimestamp } from "../state/iso_timestamp.ts";
import { JOB_STATUS } from "../state/state_machine.ts";
import { type BackgroundTables, tablesOf, textLiteral } from "../state/rows.ts";
import { OVER } from "../archive/archive_format.ts";
import type { StoredArchive } from "../archive/archive_format.ts";

/** A chunk that this janitor has leased. */
export interface ClaimedChunk {
  readonly migration: string;
  readonly name: string;
  readonly generation: number;
  readonly token: string;
  readonly chunk: Chunk;
  /** The archive of its log, if it is already written. */
  readonly archive: StoredArchive | undefined;
}

/** Batches of one migration, as stored in the summary's column `part`. */
export interface Chunk {
  /** From 1. */
  readonly number: number;
  /** The highest id of its batches. */
  readonly lastJob: string;
  /**
   * For an unfinished migration: the chunk has only batches that succeeded before this time. Null:
   * batches in any state.
   */
  readonly before: string | null;
  readonly jobs: number;
}

/** The minimum ages of what is compacted, in milliseconds. */
export interface RetentionAges {
  /** Of migrations, since they finished. */
  readonly migrations: number;
  /** Of succeeded batches in unfinished migrations; undefined: they are kept. */
  readonly jobs: number | undefined;
}

/** The fewest batches of an unfinished migration that make a chunk. */
export const LEAST_JOBS = 1_000;

const ago = (milliseconds: number) => `clock_timestamp() - interval '${milliseconds} milliseconds'`;

const OVER_LIST = OVER.join(", ");

/**
 * A query for migrations with batches to compact. Its columns are `id`, `is_over` and `is_left`:
 * whether a janitor started a chunk and did not complete it.
 */
export function candidates(
  name: BackgroundTables,
  { ages, without, limit }: {
    readonly ages: RetentionAges;
    /** Ids of migrations to exclude. */
    readonly without: readonly string[];
    readonly limit: number | undefined;
  },
): string {
  const { migrations, jobs, quarantine, summaries } = tablesOf(name);
  const hasOldJobs = ages.jobs === undefined ? "false" : `(
            SELECT count(*)
            FROM (
              SELECT FROM ${jobs} AS j
              WHERE j.batched_background_migration_id = m.id
                AND j.status = ${JOB_STATUS.succeeded}
                AND j.finished_at <= ${ago(ages.jobs)}
              LIMIT ${LEAST_JOBS}
            ) AS enough
          ) = ${LEAST_JOBS}`;
  return `SELECT m.id, m.status IN (${OVER_LIST}) AS is_over, s.part IS NOT NULL AS is_left
    FROM ${migrations} AS m
    LEFT JOIN ${summaries} AS s ON s.batched_background_migration_id = m.id
    WHERE m.gitlab_schema = ${quoteLiteral(name.database)}
      AND m.id <> ALL ('{${without.join(",")}}')
      AND (s.lease_expires_at IS NULL OR s.lease_expires_at <= clock_timestamp())
      AND (
        s.part IS NOT NULL
        OR NOT EXISTS (
          SELECT FROM ${quarantine} AS q
          WHERE q.batched_background_migration_id = m.id AND q.resolved_at IS NULL
        ) AND (
          m.status IN (${OVER_LIST})
            AND COALESCE(m.finished_at, m.updated_at) <= ${ago(ages.migrations)}
            AND EXISTS (
              SELECT FROM ${jobs} AS j WHERE j.batched_background_migration_id = m.id
            )
          OR m.status NOT IN (${OVER_LIST}) AND ${hasOldJobs}
        )
      )
    ORDER BY m.id
    LIMIT ${limit ?? "ALL"}`;
}

/** SQL for the next chunk of a migration, as JSON; `n` is its number. */
export function nextChunk(
  name: BackgroundTables,
  { migration, ages, n }: {
    readonly migration: { readonly id: string; readonly isOver: boolean };
    readonly ages: RetentionAges;
    readonly n: string;
  },
): string {
  const { jobs } = tablesOf(name);
  const cutoff = migration.isOver ? "NULL::timestamptz" : ago(ages.jobs ?? 0);
  return `(
        SELECT jsonb_build_object(
          'number', ${n},
          'lastJob', max(j.id)::text,
          'before', max(${isoTimestamp("cut.at")}),
          'jobs', count(*)
        )
        FROM (SELECT ${cutoff} AS at) AS cut
        CROSS JOIN ${jobs} AS j
        WHERE j.batched_background_migration_id = ${migration.id}
          AND (
            cut.at IS NULL
            OR j.status = ${JOB_STATUS.succeeded} AND j.finished_at <= cut.at
          )
        HAVING count(*) > 0
      )`;
}

/** The states of the batches of a chunk, in the order of the archive. */
export function statusesOf({ before }: Chunk): readonly number[] {
  return before === null ? Object.values(JOB_STATUS) : [JOB_STATUS.succeeded];
}

/** A condition for the batches of a chunk in one state; the table has the alias `j`. An index serves it. */
export function batchesOf(
  { lastJob, before }: Chunk,
  { migration, status, after }: {
    readonly migration: string;
    readonly status: number;
    /** A batch's id, exclusive. */
    readonly after: string;
  },
): string {
  const isOld = before === null ? "true" : `j.finished_at <= ${textLiteral(before)}::timestamptz`;
  return `j.batched_background_migration_id = ${migration}
        AND j.status = ${status}
        AND j.id > ${after}
        AND j.id <= ${BigInt(lastJob)}
        AND ${isOld}`;
}

// Pure.
/**
 * Which batches are folded at once, and the SQL that chooses a migration to do that for.
 *
 * A part is written down before anything else is done, so that whoever comes after a janitor that died
 * writes the same bytes, and deletes the same rows: batches that are over never change.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { isoTimestamp } from "../state/iso_timestamp.ts";
import { JOB_STATUS } from "../state/state_machine.ts";
import { type BackgroundTables, tablesOf, textLiteral } from "../state/rows.ts";
import { OVER } from "../archive/archive_format.ts";
import type { StoredArchive } from "../archive/archive_format.ts";

/** A part that is this janitor's. */
export interface ClaimedChunk {
  readonly migration: string;
  readonly name: string;
  readonly generation: number;
  readonly token: string;
  readonly chunk: Chunk;
  /** Where its log is already. */
  readonly archive: StoredArchive | undefined;
}

/** Batches of one migration, as the summary's `part` has them. */
export interface Chunk {
  /** From 1. */
  readonly number: number;
  /** The last of them, by id. */
  readonly lastJob: string;
  /** Of a migration that is not over: only what succeeded until then. Null: whatever its state. */
  readonly before: string | null;
  readonly jobs: number;
}

/** How old something must be to be folded, in milliseconds. */
export interface RetentionAges {
  /** Of migrations: since they were finished. */
  readonly migrations: number;
  /** Of batches that succeeded, in migrations that are not over; undefined: they stay. */
  readonly jobs: number | undefined;
}

/** Fewer batches of a migration that is not over are not worth a part. */
export const LEAST_JOBS = 1_000;

const NOW = "pg_catalog.clock_timestamp()";

const ago = (milliseconds: number) => `${NOW} - interval '${milliseconds} milliseconds'`;

const OVER_LIST = OVER.join(", ");

/**
 * A query for migrations of which something can be folded, `id`, `is_over` and `is_left`: whether a
 * janitor began and did not end.
 */
export function candidates(
  name: BackgroundTables,
  { ages, without, limit }: {
    readonly ages: RetentionAges;
    /** Ids. */
    readonly without: readonly string[];
    readonly limit: number | undefined;
  },
): string {
  const { migrations, jobs, quarantine, summaries } = tablesOf(name);
  const running = ages.jobs === undefined ? "false" : `m.status NOT IN (${OVER_LIST}) AND ` +
    `(SELECT pg_catalog.count(*) FROM (SELECT FROM ${jobs} AS j WHERE ` +
    `j.batched_background_migration_id = m.id AND j.status = ${JOB_STATUS.succeeded} AND ` +
    `j.finished_at <= ${ago(ages.jobs)} LIMIT ${LEAST_JOBS}) AS enough) = ${LEAST_JOBS}`;
  return `SELECT m.id, m.status IN (${OVER_LIST}) AS is_over, s.part IS NOT NULL AS is_left ` +
    `FROM ${migrations} AS m LEFT JOIN ${summaries} AS s ` +
    `ON s.batched_background_migration_id = m.id WHERE m.gitlab_schema = ${
      quoteLiteral(name.database)
    } ${without.length === 0 ? "" : `AND m.id NOT IN (${without.join(", ")}) `}` +
    `AND (s.lease_expires_at IS NULL OR s.lease_expires_at <= ${NOW}) AND (s.part IS NOT NULL OR ` +
    `NOT EXISTS (SELECT FROM ${quarantine} AS q WHERE q.batched_background_migration_id = m.id ` +
    `AND q.resolved_at IS NULL) AND (m.status IN (${OVER_LIST}) AND ` +
    `COALESCE(m.finished_at, m.updated_at) <= ${ago(ages.migrations)} AND EXISTS ` +
    `(SELECT FROM ${jobs} AS j WHERE j.batched_background_migration_id = m.id) OR ${running})) ` +
    `ORDER BY m.id${limit === undefined ? "" : ` LIMIT ${limit}`}`;
}

/** SQL for the part of a migration that is folded next, as JSON; `n` is its number. */
export function nextChunk(
  name: BackgroundTables,
  { migration, ages, n }: {
    readonly migration: { readonly id: string; readonly isOver: boolean };
    readonly ages: RetentionAges;
    readonly n: string;
  },
): string {
  const { jobs } = tablesOf(name);
  const cutoff = migration.isOver ? "NULL::pg_catalog.timestamptz" : ago(ages.jobs ?? 0);
  return `(SELECT pg_catalog.jsonb_build_object('number', ${n}, ` +
    `'lastJob', pg_catalog.max(j.id)::pg_catalog.text, 'before', pg_catalog.max(${
      isoTimestamp("cut.at")
    }), ` +
    `'jobs', pg_catalog.count(*)) FROM (SELECT ${cutoff} AS at) AS cut, ${jobs} AS j ` +
    `WHERE j.batched_background_migration_id = ${migration.id} AND (cut.at IS NULL OR ` +
    `j.status = ${JOB_STATUS.succeeded} AND j.finished_at <= cut.at) HAVING pg_catalog.count(*) > 0)`;
}

/** The states in which batches of a part may be; the archive has them in this order. */
export function statusesOf({ before }: Chunk): readonly number[] {
  return before === null ? Object.values(JOB_STATUS) : [JOB_STATUS.succeeded];
}

/** The WHERE for its batches of one state, of the table under the alias `j`: by index, in order. */
export function batchesOf(
  { lastJob, before }: Chunk,
  { migration, status, after }: {
    readonly migration: string;
    readonly status: number;
    /** An id. */
    readonly after: string;
  },
): string {
  return `j.batched_background_migration_id = ${migration} AND j.status = ${status} ` +
    `AND j.id > ${after} AND j.id <= ${BigInt(lastJob)}` +
    (before === null ? "" : ` AND j.finished_at <= ${textLiteral(before)}::pg_catalog.timestamptz`);
}

// Pure.
/**
 * The archive that the janitor writes before it deletes: JSON lines, with the same bytes each time
 * it is written.
 *
 * The first line is the header. One line for each batch with its transitions follows. The last line
 * has the counts, which show that a file is complete. Fields are only added; a change that old
 * readers would misread gets a new `version`.
 *
 * @module
 */

import { isoTimestamp } from "../state/iso_timestamp.ts";
import { MIGRATION_STATUS } from "../state/state_machine.ts";
import type { Cursor } from "../strategy/strategy.ts";

/** The first line. */
export interface ArchiveHeader {
  readonly archive: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly database: string;
  /** From 1. A migration that is compacted while it runs has several archives. */
  readonly part: number;
  /** The number of batch lines. */
  readonly jobs: number;
  readonly migration: { readonly id: string; readonly job_class_name: string };
}

/** A batch. Fields have the names of the columns; numbers that may exceed 2^53 are strings. */
export interface ArchivedJob {
  readonly id: string;
  readonly status: number;
  readonly attempts: number;
  readonly segment: number;
  readonly transitions: readonly ArchivedTransition[];
}

/** A row of the transition log. */
export interface ArchivedTransition {
  readonly id: string;
  readonly created_at: string;
  readonly previous_status: number;
  readonly next_status: number;
  readonly exception_class: string | null;
  readonly exception_message: string | null;
  readonly sqlstate: string | null;
  readonly worker: string | null;
  readonly cursor: Cursor | null;
  readonly until_cursor: Cursor | null;
}

/** The last line. */
export interface ArchiveEnd {
  readonly end: { readonly jobs: number; readonly transitions: number };
}

/** The record of an archive in the database: an element of the summary's `archives`. */
export interface StoredArchive {
  readonly part: number;
  readonly jobs: number;
  /** Failures among its transitions. */
  readonly failures: number;
  /** ISO 8601. */
  readonly at: string;
  /** Its name. This and the next fields are absent if the log was not archived. */
  readonly name?: string;
  /** An absolute path, or the name in the archive command. */
  readonly place?: string;
  readonly sha256?: string;
  readonly bytes?: number;
  readonly lines?: number;
  readonly transitions?: number;
}

const FORMAT = "migrator-background-jobs";
const VERSION = 1;

/** A parsed line of an archive. */
export type ArchiveLine =
  | { readonly kind: "header"; readonly header: ArchiveHeader }
  | { readonly kind: "job"; readonly job: ArchivedJob }
  | { readonly kind: "end"; readonly end: ArchiveEnd["end"] };

/** @throws {SyntaxError} The text is not a line of an archive, or has an unknown version. */
export function parseArchiveLine(text: string): ArchiveLine {
  const value = JSON.parse(text) as Partial<ArchiveHeader & ArchiveEnd & { job: ArchivedJob }>;
  if (value.job !== undefined) return { kind: "job", job: value.job };
  if (value.end !== undefined) return { kind: "end", end: value.end };
  if (value.archive === FORMAT && value.version === VERSION) {
    return { kind: "header", header: value as ArchiveHeader };
  }
  throw new SyntaxError(`not a line of ${FORMAT} ${VERSION}`);
}

/** The first line. `migration` is the value of `MIGRATION_JSON`. */
export function headerLine(
  { migration, ...rest }: Omit<ArchiveHeader, "archive" | "version" | "migration"> & {
    readonly migration: string;
  },
): string {
  const head = JSON.stringify({ archive: FORMAT, version: VERSION, ...rest });
  return `${head.slice(0, -1)},"migration":${migration}}\n`;
}

/** The line of a batch. `job` is the value of `jobJson`. */
export function jobLine(job: string): string {
  // JSON escapes line breaks within strings, so the others are white space of json_agg.
  return `{"job":${job.replaceAll("\n", "")}}\n`;
}

export function endLine(end: ArchiveEnd["end"]): string {
  return JSON.stringify({ end }) + "\n";
}

/**
 * The name of an archive. It has only letters, digits, `.`, `_` and `-`, so it needs no quoting
 * anywhere.
 */
export function archiveName(
  { database, name, generation, id, part }: {
    readonly database: string;
    readonly name: string;
    readonly generation: number;
    readonly id: string;
    readonly part: number;
  },
): string {
  const word = (text: string) => text.replaceAll(/[^A-Za-z0-9_-]/g, "_");
  return `${word(database)}.${word(name)}.generation${generation}.id${id}.part${part}.jsonl`;
}

/** How a column is written: as it is, as text, or as a time in UTC for any TimeZone of the session. */
type Written = "as-is" | "text" | "time";

/** SQL for a JSON object with the columns of an alias, in this order, followed by other values. */
function jsonObject(
  alias: string,
  columns: Readonly<Record<string, Written>>,
  more: Readonly<Record<string, string>> = {},
): string {
  const own = Object.entries(columns).map(([column, written]) => {
    const value = `${alias}.${column}`;
    if (written === "time") return [column, isoTimestamp(value)];
    return [column, written === "text" ? `${value}::text` : value];
  });
  const fields = [...own, ...Object.entries(more)].map(([name, value]) => `'${name}', ${value}`);
  return `json_build_object(${fields.join(", ")})`;
}

/**
 * SQL for `migration` in the header; the table has the alias `m`. It has only columns that never
 * change.
 */
export const MIGRATION_JSON = jsonObject("m", {
  id: "text",
  job_class_name: "as-is",
  generation: "as-is",
  direction: "as-is",
  table_name: "as-is",
  column_name: "as-is",
  job_arguments: "as-is",
  queued_migration_version: "as-is",
  created_at: "time",
});

const TRANSITION_JSON = jsonObject("l", {
  id: "text",
  previous_status: "as-is",
  next_status: "as-is",
  exception_class: "as-is",
  exception_message: "as-is",
  sqlstate: "as-is",
  worker: "as-is",
  cursor: "as-is",
  until_cursor: "as-is",
  created_at: "time",
});

/**
 * SQL for the line of a batch; the table has the alias `j`, and `logs` is the qualified name of the
 * transition log.
 */
export function jobJson(logs: string): string {
  const transitions = `(
    SELECT coalesce(json_agg(${TRANSITION_JSON} ORDER BY l.id), '[]')
    FROM ${logs} AS l
    WHERE l.batched_background_migration_job_id = j.id
  )`;
  return jsonObject("j", JOB_COLUMNS, { transitions });
}

const JOB_COLUMNS: Readonly<Record<string, Written>> = {
  id: "text",
  status: "as-is",
  attempts: "as-is",
  segment: "as-is",
  sweep: "as-is",
  min_value: "text",
  max_value: "text",
  batch_size: "as-is",
  sub_batch_size: "as-is",
  pause_ms: "as-is",
  min_cursor: "as-is",
  max_cursor: "as-is",
  after_cursor: "as-is",
  cursor: "as-is",
  sub_batches: "text",
  units: "text",
  affected_rows: "text",
  metrics: "as-is",
  worker: "as-is",
  created_at: "time",
  updated_at: "time",
  started_at: "time",
  finished_at: "time",
};

/** The final states of migrations, in which all batches are compacted. */
export const OVER: readonly number[] = [
  MIGRATION_STATUS.finished,
  MIGRATION_STATUS.finalized,
  MIGRATION_STATUS.deleted,
];

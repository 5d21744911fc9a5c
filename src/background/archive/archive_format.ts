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

/** SQL for a JSON object with the fields in this order. */
function object(alias: string, columns: Readonly<Record<string, "number" | "text" | "json">>) {
  const fields = Object.entries(columns).flatMap(([column, kind]) => {
    const value = `${alias}."${column}"`;
    return [`'${column}'`, kind === "text" ? `${value}::text` : value];
  });
  return `json_build_object(${fields.join(", ")}`;
}

/** SQL for a time in UTC, for any TimeZone of the session. */
const time = (alias: string, column: string) =>
  `, '${column}', ${isoTimestamp(`${alias}.${column}`)}`;

/**
 * SQL for `migration` in the header; the table has the alias `m`. It has only columns that never
 * change.
 */
export const MIGRATION_JSON = object("m", {
  id: "text",
  job_class_name: "json",
  generation: "number",
  direction: "json",
  table_name: "json",
  column_name: "json",
  job_arguments: "json",
  queued_migration_version: "json",
}) + time("m", "created_at") + ")";

const TRANSITION_JSON = object("l", {
  id: "text",
  previous_status: "number",
  next_status: "number",
  exception_class: "json",
  exception_message: "json",
  sqlstate: "json",
  worker: "json",
  cursor: "json",
  until_cursor: "json",
}) + time("l", "created_at") + ")";

/**
 * SQL for the line of a batch; the table has the alias `j`, and `logs` is the qualified name of the
 * transition log.
 */
export function jobJson(logs: string): string {
  return object("j", {
    id: "text",
    status: "number",
    attempts: "number",
    segment: "number",
    sweep: "number",
    min_value: "text",
    max_value: "text",
    batch_size: "number",
    sub_batch_size: "number",
    pause_ms: "number",
    min_cursor: "json",
    max_cursor: "json",
    after_cursor: "json",
    cursor: "json",
    sub_batches: "text",
    units: "text",
    affected_rows: "text",
    metrics: "json",
    worker: "json",
  }) + ["created_at", "updated_at", "started_at", "finished_at"].map((column) => time("j", column))
    .join("") +
    ", 'transitions', COALESCE((SELECT json_agg(" +
    `${TRANSITION_JSON} ORDER BY l.id) FROM ${logs} AS l ` +
    "WHERE l.batched_background_migration_job_id = j.id), '[]'))";
}

/** The final states of migrations, in which all batches are compacted. */
export const OVER: readonly number[] = [
  MIGRATION_STATUS.finished,
  MIGRATION_STATUS.finalized,
  MIGRATION_STATUS.deleted,
];

// Pure.
/**
 * The archive that the janitor writes before it deletes: JSON lines, the same bytes however often
 * it is written.
 *
 * The first line is the header, then one line for each batch with its transitions, then the end with
 * the counts, by which one can tell that a file is whole. Lines are only ever added fields to; what
 * old readers would misunderstand gets another `version`.
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
  /** 1 for the first of a migration; one that is folded while it runs has several. */
  readonly part: number;
  /** Lines that follow, but for the end. */
  readonly jobs: number;
  readonly migration: { readonly id: string; readonly job_class_name: string };
}

/** A batch. Columns have their names; numbers that may exceed 2^53 are strings. */
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

/** What is kept of a part in the database: an element of the summary's `archives`. */
export interface StoredArchive {
  readonly part: number;
  readonly jobs: number;
  /** Refusals among its transitions. */
  readonly failures: number;
  /** ISO 8601. */
  readonly at: string;
  /** Its name; this and what follows is absent where the log was not kept. */
  readonly name?: string;
  /** An absolute path, or what the command was told. */
  readonly place?: string;
  readonly sha256?: string;
  readonly bytes?: number;
  readonly lines?: number;
  readonly transitions?: number;
}

const FORMAT = "migrator-background-jobs";
const VERSION = 1;

/** A line of an archive, read. */
export type ArchiveLine =
  | { readonly kind: "header"; readonly header: ArchiveHeader }
  | { readonly kind: "job"; readonly job: ArchivedJob }
  | { readonly kind: "end"; readonly end: ArchiveEnd["end"] };

/** @throws {SyntaxError} for what is no line of an archive, or of a version that is not known here. */
export function parseArchiveLine(text: string): ArchiveLine {
  const value = JSON.parse(text) as Partial<ArchiveHeader & ArchiveEnd & { job: ArchivedJob }>;
  if (value.job !== undefined) return { kind: "job", job: value.job };
  if (value.end !== undefined) return { kind: "end", end: value.end };
  if (value.archive === FORMAT && value.version === VERSION) {
    return { kind: "header", header: value as ArchiveHeader };
  }
  throw new SyntaxError(`not a line of ${FORMAT} ${VERSION}`);
}

/** The first line. `migration` is what `MIGRATION_JSON` gave. */
export function headerLine(
  { migration, ...rest }: Omit<ArchiveHeader, "archive" | "version" | "migration"> & {
    readonly migration: string;
  },
): string {
  const head = JSON.stringify({ archive: FORMAT, version: VERSION, ...rest });
  return `${head.slice(0, -1)},"migration":${migration}}\n`;
}

/** A batch's line; `job` is what `JOB_JSON` gave. */
export function jobLine(job: string): string {
  // Within a string a line break is escaped: what is left of them is white space of json_agg.
  return `{"job":${job.replaceAll("\n", "")}}\n`;
}

export function endLine(end: ArchiveEnd["end"]): string {
  return JSON.stringify({ end }) + "\n";
}

/**
 * The name of an archive: letters, digits, `.`, `_` and `-` only, so that it is one word to whatever
 * is given it.
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

/** JSON with the fields in this order, as the server makes it. */
function object(alias: string, columns: Readonly<Record<string, "number" | "text" | "json">>) {
  const fields = Object.entries(columns).flatMap(([column, kind]) => {
    const value = `${alias}."${column}"`;
    return [`'${column}'`, kind === "text" ? `${value}::text` : value];
  });
  return `json_build_object(${fields.join(", ")}`;
}

/** Times in UTC, whatever the session's zone. */
const time = (alias: string, column: string) =>
  `, '${column}', ${isoTimestamp(`${alias}.${column}`)}`;

/** SQL for `migration` of the header; the table is `m`. Nothing in it ever changes. */
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

/** SQL for a batch's line; the table is `j`, and `logs` is the qualified name of the transition log. */
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

/** States of migrations that are over: all of their batches are folded. */
export const OVER: readonly number[] = [
  MIGRATION_STATUS.finished,
  MIGRATION_STATUS.finalized,
  MIGRATION_STATUS.deleted,
];

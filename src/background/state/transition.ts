// Pure.
/**
 * SQL that changes the state of a migration or a batch and records the change in the same
 * statement.
 *
 * @module
 */

import { redactServerText } from "../../connection/settings/redact.ts";
import { exceptionClass } from "./error_class.ts";
import {
  JOB_STATUS,
  type JobStatus,
  type MigrationTransition,
  numbersOf,
} from "./state_machine.ts";
import { type BackgroundTables, jsonLiteral, tablesOf, textLiteral } from "./rows.ts";
import type { Cursor } from "../strategy/strategy.ts";

/** An error of the server or of a TypeScript job. */
export interface RefusedWork {
  readonly sqlstate: string | undefined;
  /** The error's name, if it has no SQLSTATE. */
  readonly name?: string;
  readonly message: string;
}

/** GitLab's length limits of `exception_class` and `exception_message`, in characters. */
const CLASS_LENGTH = 100;
const MESSAGE_LENGTH = 1_000;

/** `exception_class` and `exception_message` as they are stored and logged. */
export function exceptionOf({ sqlstate, name, message }: RefusedWork) {
  const known = sqlstate === undefined ? name ?? "Error" : exceptionClass(sqlstate);
  return {
    exceptionClass: [...known].slice(0, CLASS_LENGTH).join(""),
    exceptionMessage: [...redactServerText(message)].slice(0, MESSAGE_LENGTH).join(""),
  };
}

/** An INSERT of one row into `batched_background_migration_job_transition_logs`. */
export function logTransition(
  name: BackgroundTables,
  { job, from, to, worker, refused, cursor, until }: {
    /** The batch's id, or SQL for it. */
    readonly job: string;
    /** The status, or SQL for its number. */
    readonly from: JobStatus | { readonly sql: string };
    readonly to: JobStatus;
    readonly worker: string;
    readonly refused?: RefusedWork | undefined;
    /** The range of the refused sub-batch, with `until`. */
    readonly cursor?: Cursor | undefined;
    readonly until?: Cursor | undefined;
  },
): string {
  const exception = refused && exceptionOf(refused);
  return `INSERT INTO ${tablesOf(name).logs} (
      batched_background_migration_job_id, created_at, updated_at, previous_status, next_status,
      exception_class, exception_message, sqlstate, worker, cursor, until_cursor
    )
    SELECT ${job}, now.at, now.at,
      ${typeof from === "string" ? JOB_STATUS[from] : from.sql}, ${JOB_STATUS[to]},
      ${textLiteral(exception?.exceptionClass)}, ${textLiteral(exception?.exceptionMessage)},
      ${textLiteral(refused?.sqlstate)}, ${textLiteral(worker)},
      ${jsonLiteral(cursor)}, ${jsonLiteral(until)}
    FROM (SELECT clock_timestamp() AS at) AS now`;
}

/**
 * An INSERT into `batched_background_migration_events`.
 *
 * @param event.of A FROM clause for `migration`; undefined if `migration` is an id.
 */
export function logEvent(
  name: BackgroundTables,
  { migration, event, who, reason, details, from, to, of = "" }: {
    readonly migration: string;
    readonly of?: string;
    readonly event: string;
    readonly who: string;
    readonly reason?: string | undefined;
    readonly details?: unknown;
    readonly from?: number;
    readonly to?: number;
  },
): string {
  return `INSERT INTO ${tablesOf(name).events} (
      created_at, batched_background_migration_id, event, previous_status, next_status,
      who, reason, details
    )
    SELECT clock_timestamp(), ${migration}, ${textLiteral(event)},
      ${from ?? "NULL"}, ${to ?? "NULL"},
      ${textLiteral(who)}, ${textLiteral(reason)}, ${jsonLiteral(details)}
    ${of}`;
}

/**
 * SQL that moves a migration to another state, if the event may start from its state, and records
 * the event. It returns a row with `id` and `previous_status`, or no row.
 *
 * @param change.also Further assignments of the UPDATE.
 */
export function moveMigration(
  name: BackgroundTables,
  { migration, event, who, reason, details, also = [] }: {
    readonly migration: string;
    readonly event: MigrationTransition;
    readonly who: string;
    readonly reason?: string | undefined;
    readonly details?: unknown;
    readonly also?: readonly string[];
  },
): string {
  const { migrations, events } = tablesOf(name);
  const { from, to } = numbersOf(event);
  const stamps = to === numbersOf("resume").to
    ? ["started_at = clock_timestamp()"]
    : to === numbersOf("finish").to
    ? ["finished_at = clock_timestamp()"]
    : [];
  const assignments = [
    `status = ${to}`,
    "updated_at = clock_timestamp()",
    ...stamps,
    ...also,
  ].join(", ");
  return `WITH before AS (
      SELECT id, status
      FROM ${migrations}
      WHERE id = ${migration} AND status IN (${from.join(", ")})
      FOR NO KEY UPDATE
    ),
    moved AS (
      UPDATE ${migrations} AS m
      SET ${assignments}
      FROM before
      WHERE m.id = before.id
      RETURNING m.id, before.status AS previous
    )
    INSERT INTO ${events} (
      created_at, batched_background_migration_id, event, previous_status, next_status,
      who, reason, details
    )
    SELECT clock_timestamp(), id, ${textLiteral(event)}, previous, ${to},
      ${textLiteral(who)}, ${textLiteral(reason)}, ${jsonLiteral(details)}
    FROM moved
    RETURNING batched_background_migration_id AS id, previous_status`;
}

/** An UPDATE that resets the attempts of failed batches. */
export function retryAll(name: BackgroundTables, migration: string): string {
  return `UPDATE ${tablesOf(name).jobs}
    SET attempts = 0, next_attempt_at = clock_timestamp()
    WHERE batched_background_migration_id = ${migration} AND status = ${JOB_STATUS.failed}`;
}

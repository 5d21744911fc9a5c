/**
 * Reads the rows in quarantine.
 *
 * @module
 */

import { fromStorable } from "../../sql/storable.ts";
import { catalogRead } from "../../connection/session/catalog_read.ts";
import { redactServerText } from "../../connection/settings/redact.ts";
import type { Session } from "../../connection/session/session.ts";
import { isoTimestamp } from "../state/iso_timestamp.ts";
import { exceptionClass } from "../state/error_class.ts";
import { type BackgroundTables, tablesOf } from "../state/rows.ts";
import type { Cursor } from "../strategy/strategy.ts";

/** One unit (a row, a distinct value, a block) in quarantine. */
export interface QuarantinedRow {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly job: string | undefined;
  readonly segment: number;
  readonly after: Cursor | undefined;
  /** Its key. */
  readonly until: Cursor;
  readonly exceptionClass: string;
  readonly exceptionMessage: string;
  /** How it was resolved; undefined while it is in quarantine. */
  readonly resolution: string | undefined;
  readonly resolvedAt: string | undefined;
}

/** @param which.all Also rows that were retried or dropped. */
export async function readQuarantine(
  session: Session,
  name: BackgroundTables,
  which: { readonly migration: string; readonly all: boolean },
): Promise<readonly QuarantinedRow[]> {
  const rows = await catalogRead(
    session,
    `SELECT id, batched_background_migration_job_id AS job,
      ${isoTimestamp("created_at")} AS at,
      segment, after_cursor, until_cursor, sqlstate, message, resolution,
      ${isoTimestamp("resolved_at")} AS resolved_at
    FROM ${tablesOf(name).quarantine}
    WHERE batched_background_migration_id = ${BigInt(which.migration)}
      AND ${which.all ? "true" : "resolved_at IS NULL"}
    ORDER BY id`,
  );
  return rows.map((row) => {
    const sqlstate = row["sqlstate"] ?? "";
    return {
      id: row["id"]!,
      at: row["at"]!,
      job: row["job"] ?? undefined,
      segment: Number(row["segment"]),
      after: row["after_cursor"] == null ? undefined : JSON.parse(row["after_cursor"]) as Cursor,
      until: JSON.parse(row["until_cursor"]!) as Cursor,
      exceptionClass: sqlstate === "" ? "Error" : exceptionClass(sqlstate),
      exceptionMessage: redactServerText(fromStorable(row["message"] ?? "")),
      resolution: row["resolution"] == null ? undefined : fromStorable(row["resolution"]),
      resolvedAt: row["resolved_at"] ?? undefined,
    };
  });
}

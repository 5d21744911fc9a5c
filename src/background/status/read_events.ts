/**
 * Reads the events of all batched migrations of a database, for a log.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Session } from "../../connection/session/session.ts";
import { unlessMissing } from "../../history/read_history.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { fromStorable } from "../../sql/storable.ts";
import { isoTimestamp } from "../state/iso_timestamp.ts";
import { type BackgroundTables, tablesOf } from "../state/rows.ts";
import { type BatchedMigrationStatus, toMigrationStatus } from "../state/state_machine.ts";

/** An event with the migration that it belongs to. */
export interface LoggedEvent {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly migration: string;
  readonly name: string;
  readonly event: string;
  readonly to: BatchedMigrationStatus | undefined;
  readonly who: string;
  readonly reason: string | undefined;
}

/**
 * Reads the newest events, the oldest of them first.
 *
 * @param which.after Only events with a larger id; undefined for all.
 * @returns Empty also if the tables do not exist.
 * @throws {Failure} `history/not-readable`.
 */
export async function readEvents(
  session: Session,
  name: BackgroundTables,
  which: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly LoggedEvent[]> {
  const { events, migrations } = tablesOf(name);
  const read = catalogRead(
    session,
    `SELECT e.id, ${isoTimestamp("e.created_at")} AS at,
      m.id AS migration, m.job_class_name AS name, e.event, e.next_status, e.who, e.reason
    FROM ${events} AS e
    JOIN ${migrations} AS m ON m.id = e.batched_background_migration_id
    WHERE m.gitlab_schema = ${quoteLiteral(name.database)}
      AND ${which.after === undefined ? "true" : `e.id > ${BigInt(which.after)}`}
    ORDER BY e.id DESC
    LIMIT ${which.limit}`,
  );
  const rows = await read.catch((error: unknown) =>
    unlessMissing(error, { missing: [], session, name })
  );
  return rows.map((row): LoggedEvent => ({
    id: row["id"]!,
    at: row["at"]!,
    migration: row["migration"]!,
    name: row["name"]!,
    event: row["event"]!,
    to: row["next_status"] == null ? undefined : toMigrationStatus(Number(row["next_status"])),
    who: fromStorable(row["who"]!),
    reason: row["reason"] == null ? undefined : fromStorable(row["reason"]),
  })).toReversed();
}

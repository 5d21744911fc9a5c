/**
 * Reads every attempt at one migration.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { fromStorable } from "../sql/storable.ts";
import { type StoredError, toStoredError } from "./history.ts";
import { unlessMissing } from "./read_history.ts";
import type { HistoryName } from "./history_name.ts";
import { readTrusted } from "./trust.ts";

/** One row of `migration_logs`. */
export interface LogEntry {
  readonly id: string;
  readonly direction: "up" | "down";
  readonly transactional: boolean;
  /** ISO 8601, as the server writes it. */
  readonly startedAt: string;
  readonly finishedAt: string | undefined;
  /** Undefined for a running or interrupted attempt. */
  readonly success: boolean | undefined;
  readonly statementsDone: number;
  readonly error: StoredError | undefined;
  readonly who: string;
  readonly host: string;
  readonly toolVersion: string;
  /** The reason, if a person recorded the attempt by hand (`log add`). */
  readonly note: string | undefined;
}

/** All attempts at a version, the oldest first; none if migrator's tables do not exist. */
export async function readLogs(
  session: Session,
  { schema, database }: HistoryName,
  version: bigint,
): Promise<readonly LogEntry[]> {
  try {
    const rows = await readTrusted(
      session,
      { schema, database },
      `SELECT id, direction, transactional, success, statements_done, error, who, host, tool_version,
        note,
        pg_catalog.to_json(started_at) #>> '{}' AS started_at,
        pg_catalog.to_json(finished_at) #>> '{}' AS finished_at
      FROM ${quoteIdentifier(schema)}.migration_logs
      WHERE database = ${quoteLiteral(database)} AND version = ${version} ORDER BY id`,
    );
    return rows.map((row) => ({
      id: row["id"]!,
      direction: row["direction"] as "up" | "down",
      transactional: row["transactional"] === "t",
      startedAt: row["started_at"]!,
      finishedAt: row["finished_at"] ?? undefined,
      success: row["success"] === null ? undefined : row["success"] === "t",
      statementsDone: Number(row["statements_done"]),
      error: toStoredError(row["error"]),
      who: fromStorable(row["who"]!),
      host: fromStorable(row["host"]!),
      toolVersion: row["tool_version"]!,
      note: row["note"] == null ? undefined : fromStorable(row["note"]),
    }));
  } catch (error) {
    return await unlessMissing(error, { missing: [], session, name: { schema, database } });
  }
}

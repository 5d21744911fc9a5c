/**
 * Reads the history of a database.
 *
 * @module
 */

import type { HistoryName } from "./history_name.ts";
import { type Row, type Session, SqlError } from "../connection/session/session.ts";
import type { Direction } from "../definition/migration/definition.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import {
  EMPTY_HISTORY,
  type History,
  type StateName,
  toStoredError,
  type VersionDetails,
  type VersionState,
} from "./history.ts";
import { fromStorable } from "../sql/storable.ts";
import { notReadable } from "./not_readable.ts";
import { readersExpression, toReaders } from "./readers.ts";
import { lacksViews, statusQuery } from "./schema.ts";
import { readTrusted } from "./trust.ts";

/** `42P01` undefined table, `3F000` invalid schema. */
const NOT_INSTALLED = new Set(["42P01", "3F000"]);

/** insufficient_privilege */
const NO_RIGHT = "42501";

/**
 * Interprets an error from reading migrator's tables.
 *
 * @param at.missing The value to return if none of the tables exists yet.
 * @throws {Failure} `history/not-readable`, or the error itself.
 */
export async function unlessMissing<T>(
  error: unknown,
  { missing, session, name }: {
    readonly missing: T;
    readonly session: Session;
    readonly name: HistoryName;
  },
): Promise<T> {
  if (!(error instanceof SqlError)) throw error;
  const { sqlstate } = error.server;
  if (NOT_INSTALLED.has(sqlstate)) return missing;
  throw sqlstate === NO_RIGHT ? await notReadable(error.server, { session, name }) : error;
}

/**
 * The query of `readHistory`, for callers that send it with others. It returns a row for each state, not
 * for each version: a thousand applied migrations are one row.
 */
export function historyQuery({ schema, database, readers = [] }: HistoryName): string {
  const s = quoteIdentifier(schema);
  return `SELECT status.state, status.direction, d.fence = d.durable_fence AS durable,
    pg_catalog.string_agg(status.version::pg_catalog.text || ' ' || status.checksum, ',') AS versions,
    ${readersExpression(schema, readers)} AS readers,
    ${lacksViews(schema)} AS lacks_views
  FROM ${s}.databases AS d LEFT JOIN (${statusQuery(schema)}) AS status
    ON status.database = d.name
  WHERE d.name = ${quoteLiteral(database)} GROUP BY 1, 2, 3`;
}

/** Reads what a plan needs, in one message. Needs SELECT on `databases` and `migration_logs`. */
export async function readHistory(session: Session, name: HistoryName): Promise<History> {
  try {
    const rows = await readTrusted(session, name, historyQuery(name));
    return toHistory(rows);
  } catch (error) {
    return await unlessMissing(error, { missing: EMPTY_HISTORY, session, name });
  }
}

/** Whether the newest run has ended and everything is on disk. Cheap enough to poll. */
export async function isDurable(
  session: Session,
  { schema, database }: HistoryName,
): Promise<boolean> {
  try {
    const rows = await readTrusted(
      session,
      { schema, database },
      `SELECT FROM ${quoteIdentifier(schema)}.databases
      WHERE name = ${quoteLiteral(database)} AND fence = durable_fence`,
    );
    return rows.length > 0;
  } catch (error) {
    return await unlessMissing(error, { missing: false, session, name: { schema, database } });
  }
}

/** Converts the rows of `historyQuery`. */
export function toHistory(rows: readonly Row[]): History {
  const versions = new Map<bigint, VersionState>();
  for (const row of rows) {
    const state = row["state"] as StateName;
    const direction = row["direction"] as Direction;
    for (const pair of row["versions"]?.split(",") ?? []) {
      const [text, checksum = ""] = pair.split(" ");
      const version = BigInt(text!);
      versions.set(version, { version, state, direction, checksum });
    }
  }
  return {
    installed: true,
    durable: rows.every((row) => row["durable"] !== "f"),
    versions,
    readers: toReaders(rows[0]),
    lacksViews: rows[0]?.["lacks_views"] === "t",
  };
}

/** Reads the details that `status` and `describe` show. */
export async function readVersionDetails(
  session: Session,
  { schema, database }: HistoryName,
): Promise<History<VersionDetails>> {
  const s = quoteIdentifier(schema);
  try {
    const rows = await readTrusted(
      session,
      { schema, database },
      `SELECT version, name, state, direction, checksum, who, host, tool_version, statements_done,
        last_error, pg_catalog.to_json(started_at) #>> '{}' AS started_at,
        pg_catalog.to_json(finished_at) #>> '{}' AS finished_at,
        (SELECT fence = durable_fence FROM ${s}.databases AS d WHERE d.name = status.database)
          AS durable
      FROM (${statusQuery(schema)}) AS status WHERE database = ${
        quoteLiteral(database)
      } ORDER BY version`,
    );
    return {
      installed: true,
      durable: rows[0]?.["durable"] !== "f",
      versions: new Map(rows.map((row) => [BigInt(row["version"]!), toDetails(row)])),
    };
  } catch (error) {
    return await unlessMissing(error, {
      missing: EMPTY_HISTORY,
      session,
      name: { schema, database },
    });
  }
}

function toDetails(row: Row): VersionDetails {
  return {
    version: BigInt(row["version"]!),
    state: row["state"] as StateName,
    direction: row["direction"] as Direction,
    name: fromStorable(row["name"] ?? ""),
    checksum: row["checksum"] ?? "",
    startedAt: row["started_at"] ?? "",
    finishedAt: row["finished_at"] ?? undefined,
    statementsDone: Number(row["statements_done"]),
    who: fromStorable(row["who"] ?? ""),
    host: fromStorable(row["host"] ?? ""),
    toolVersion: row["tool_version"] ?? "",
    lastError: toStoredError(row["last_error"]),
  };
}

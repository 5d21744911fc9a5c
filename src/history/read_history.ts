/**
 * Reads the history of a database.
 *
 * @module
 */

import type { HistoryName } from "./history_name.ts";
import { type Row, type Session, SqlError } from "../connection/session/session.ts";
import type { Direction } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import {
  EMPTY_HISTORY,
  type History,
  type StateName,
  toStoredError,
  type VersionDetails,
  type VersionState,
} from "./history.ts";
import { readersExpression, toReaders } from "./readers.ts";
import { schemaInSql, statusQuery } from "./schema.ts";
import { readTrusted } from "./trust.ts";

/** `42P01` undefined table, `3F000` invalid schema. */
const NOT_INSTALLED = new Set(["42P01", "3F000"]);

/**
 * What a failed reading of our tables stands for.
 *
 * @param missing The answer where they are not there yet.
 * @throws {Failure} `history/not-readable`, or the error itself.
 */
export function unlessMissing<T>(
  error: unknown,
  missing: T,
  { schema, database }: HistoryName,
): T {
  if (!(error instanceof SqlError)) throw error;
  const { sqlstate, message } = error.server;
  if (NOT_INSTALLED.has(sqlstate)) return missing;
  if (sqlstate !== "42501") throw error;
  const s = schemaInSql(schema);
  throw new Failure(
    "history/not-readable",
    `Cannot read the history of database "${database}" in schema ${s}: ${message} ` +
      `(SQLSTATE ${sqlstate}).`,
    {
      hint: "Connect as the role that migrates this database. To look only, it may let you: " +
        `GRANT USAGE ON SCHEMA ${s} TO your_role; ` +
        `GRANT SELECT ON ALL TABLES IN SCHEMA ${s} TO your_role`,
      facts: { database, sqlstate },
    },
  );
}

/**
 * The query behind `readHistory`, for callers that send it along with others. A row for each state
 * that there is, not for each version: the answer for a thousand applied migrations is one row.
 */
export function historyQuery({ schema, database, readers = [] }: HistoryName): string {
  const s = quoteIdentifier(schema);
  return `SELECT status.state, status.direction, d.fence = d.durable_fence AS durable,
    pg_catalog.string_agg(status.version::pg_catalog.text, ',') AS versions,
    ${readersExpression(schema, readers)} AS readers
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
    return unlessMissing(error, EMPTY_HISTORY, name);
  }
}

/** Whether the newest run has ended and left everything on disk. Cheap enough to be polled. */
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
    return unlessMissing(error, false, { schema, database });
  }
}

/** The rows of `historyQuery` as a value. */
export function toHistory(rows: readonly Row[]): History {
  const versions = new Map<bigint, VersionState>();
  for (const row of rows) {
    const state = row["state"] as StateName;
    const direction = row["direction"] as Direction;
    for (const text of row["versions"]?.split(",") ?? []) {
      const version = BigInt(text);
      versions.set(version, { version, state, direction });
    }
  }
  return {
    installed: true,
    durable: rows.every((row) => row["durable"] !== "f"),
    versions,
    readers: toReaders(rows[0]),
  };
}

/** Reads everything that `status` and `describe` show. */
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
    return unlessMissing(error, EMPTY_HISTORY, { schema, database });
  }
}

function toDetails(row: Row): VersionDetails {
  return {
    version: BigInt(row["version"]!),
    state: row["state"] as StateName,
    direction: row["direction"] as Direction,
    name: row["name"] ?? "",
    checksum: row["checksum"] ?? "",
    startedAt: row["started_at"] ?? "",
    finishedAt: row["finished_at"] ?? undefined,
    statementsDone: Number(row["statements_done"]),
    who: row["who"] ?? "",
    host: row["host"] ?? "",
    toolVersion: row["tool_version"] ?? "",
    lastError: toStoredError(row["last_error"]),
  };
}

/**
 * Reading what a database remembers.
 *
 * @module
 */

import { type Session, SqlError } from "../connection/session.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import {
  EMPTY_HISTORY,
  type History,
  type StateName,
  type StoredError,
  type VersionDetails,
  type VersionState,
} from "./state.ts";

/** Which history is meant: the schema that holds it and the database of the product. */
export interface HistoryName {
  readonly schema: string;
  readonly database: string;
}

/** `42P01` undefined table, `3F000` invalid schema. */
const NOT_INSTALLED = new Set(["42P01", "3F000"]);

/** The query behind `readHistory`, for callers that send it along with others. */
export function historyQuery({ schema, database }: HistoryName): string {
  const s = quoteIdentifier(schema);
  const name = quoteLiteral(database);
  // One row more than there are versions, so that durability costs no query of its own.
  return `SELECT NULL AS version, NULL AS name, NULL AS state, NULL AS direction, NULL AS checksum,
    (SELECT fence = durable_fence FROM ${s}.databases WHERE name = ${name}) AS durable
  UNION ALL
  SELECT version::text, name, state, direction, checksum, NULL
    FROM ${s}.status WHERE database = ${name}`;
}

/** Reads what a plan needs, in one query. Needs no more than SELECT on the views and `databases`. */
export async function readHistory(session: Session, name: HistoryName): Promise<History> {
  try {
    const { rows } = await session.query(historyQuery(name));
    return toHistory(rows);
  } catch (error) {
    if (error instanceof SqlError && NOT_INSTALLED.has(error.server.sqlstate)) return EMPTY_HISTORY;
    throw error;
  }
}

/** The rows of `historyQuery` as a value. */
export function toHistory(rows: readonly Readonly<Record<string, string | null>>[]): History {
  const versions = new Map<bigint, VersionState>();
  let durable = true;
  for (const row of rows) {
    if (row["version"] === null || row["version"] === undefined) durable = row["durable"] !== "f";
    else versions.set(BigInt(row["version"]), toVersionState(row));
  }
  return { installed: true, durable, versions };
}

/** Reads everything that `status` and `describe` show. */
export async function readDetails(
  session: Session,
  { schema, database }: HistoryName,
): Promise<History<VersionDetails>> {
  const s = quoteIdentifier(schema);
  try {
    const { rows } = await session.query(
      `SELECT version, name, state, direction, checksum, who, host, tool_version, statements_done,
        last_error, pg_catalog.to_json(started_at) #>> '{}' AS started_at,
        pg_catalog.to_json(finished_at) #>> '{}' AS finished_at,
        (SELECT fence = durable_fence FROM ${s}.databases AS d WHERE d.name = status.database)
          AS durable
      FROM ${s}.status WHERE database = ${quoteLiteral(database)} ORDER BY version`,
    );
    return {
      installed: true,
      durable: rows[0]?.["durable"] !== "f",
      versions: new Map(rows.map((row) => [BigInt(row["version"]!), toDetails(row)])),
    };
  } catch (error) {
    if (error instanceof SqlError && NOT_INSTALLED.has(error.server.sqlstate)) return EMPTY_HISTORY;
    throw error;
  }
}

type TextRow = Readonly<Record<string, string | null>>;

function toVersionState(row: TextRow): VersionState {
  return {
    version: BigInt(row["version"]!),
    name: row["name"] ?? "",
    state: row["state"] as StateName,
    direction: row["direction"] as "up" | "down",
    checksum: row["checksum"] ?? "",
  };
}

function toDetails(row: TextRow): VersionDetails {
  return {
    ...toVersionState(row),
    startedAt: row["started_at"] ?? "",
    finishedAt: row["finished_at"] ?? undefined,
    statementsDone: Number(row["statements_done"]),
    who: row["who"] ?? "",
    host: row["host"] ?? "",
    toolVersion: row["tool_version"] ?? "",
    lastError: row["last_error"] ? JSON.parse(row["last_error"]) as StoredError : undefined,
  };
}

/**
 * Settings that a session inherits from its role, database or server, and from which a run must be
 * protected: a timeout of half a minute suits an application but aborts an index build.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";

/** A setting of this role, database or server that is not PostgreSQL's default. */
export interface InheritedSetting {
  /** The name of the setting. */
  readonly name: string;
  /** The value as SHOW prints it: `5s`, `serializable`. */
  readonly value: string;
  /** As in `pg_settings.source`; `other` if only the server's files or the connection can be the source. */
  readonly source: string;
  /** Whether migrations run with it. */
  readonly applies: boolean;
}

/** False: runs override the setting. True: runs keep it on purpose. */
const APPLIES: Readonly<Record<string, boolean>> = {
  statement_timeout: false,
  lock_timeout: false,
  idle_in_transaction_session_timeout: false,
  idle_session_timeout: false,
  transaction_timeout: false,
  default_transaction_isolation: false,
  default_tablespace: true,
  search_path: true,
};

/**
 * Reads those of the settings above that differ from PostgreSQL's defaults, in the order of their names.
 * Best effort: an empty list when the server refuses the query.
 *
 * @param session Outside any transaction.
 */
export async function readInheritedSettings(
  session: Session,
): Promise<readonly InheritedSetting[]> {
  if (session.server.embedded) return [];
  const names = Object.keys(APPLIES).map((name) => `'${name}'`).join(", ");
  try {
    // One message without BEGIN: if it fails, no transaction stays open for the messages sent after it.
    // It changes some of the settings itself; `reset_val` is the session's initial value.
    const { rows } = await session.query(
      `SET LOCAL statement_timeout = 0; SET LOCAL search_path = pg_catalog, pg_temp;
      SELECT s.name, s.reset_val AS value, s.unit, coalesce(CASE
          WHEN s.source <> 'session' THEN s.source
          WHEN g.setrole <> 0 AND g.setdatabase <> 0 THEN 'database user'
          WHEN g.setrole <> 0 THEN 'user' WHEN g.setdatabase <> 0 THEN 'database'
          WHEN g.setrole = 0 THEN 'global' END, 'other') AS source
      FROM pg_catalog.pg_settings AS s
      LEFT JOIN LATERAL (
        SELECT setrole, setdatabase
        FROM pg_catalog.pg_db_role_setting, pg_catalog.unnest(setconfig) AS entry
        WHERE pg_catalog.split_part(entry, '=', 1) = s.name
          AND setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database
            WHERE datname = pg_catalog.current_database()))
          AND setrole IN (0, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = SESSION_USER))
        ORDER BY setrole <> 0 DESC, setdatabase <> 0 DESC LIMIT 1
      ) AS g ON true
      WHERE s.name IN (${names}) AND s.reset_val IS DISTINCT FROM s.boot_val ORDER BY s.name`,
    );
    return rows.map((row): InheritedSetting => ({
      name: row["name"]!,
      value: row["unit"] === "ms" ? timeText(Number(row["value"])) : row["value"] ?? "",
      source: row["source"]!,
      applies: APPLIES[row["name"]!]!,
    })).filter(({ applies, source }) => !(applies && source === "client"));
  } catch (error) {
    if (error instanceof SqlError) return [];
    throw error;
  }
}

/** Milliseconds as PostgreSQL shows them: `90s`, `1min`, `100ms`. */
function timeText(milliseconds: number): string {
  const units = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1_000]] as const;
  for (const [unit, size] of units) {
    if (milliseconds >= size && milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}

/**
 * Turns off `idle_session_timeout`, so that the server does not end a session that waits outside any
 * transaction. Holds until the next DISCARD ALL. Changes nothing if no such timeout is set, so that a
 * pooler's connection keeps its settings.
 */
export async function disableIdleSessionTimeout(session: Session): Promise<void> {
  if (session.server.embedded || session.server.version < 140000) return;
  await session.query(
    `SELECT pg_catalog.set_config('idle_session_timeout', '0', false)
    WHERE pg_catalog.current_setting('idle_session_timeout') OPERATOR(pg_catalog.<>) '0'`,
  );
}

/**
 * Settings that a session has from its role, database or server, and that a run must not be at the
 * mercy of: a timeout of half a minute is right for an application, and the end of an index build.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";

/** A setting that somebody made for this role, database or server. */
export interface InheritedSetting {
  /** The name of the setting. */
  readonly name: string;
  /** As the server would show it: `5s`, `serializable`. */
  readonly value: string;
  /** As in `pg_settings.source`; `other` where only the server's files or the connection are left. */
  readonly source: string;
  /** Whether migrations run with it all the same. */
  readonly applies: boolean;
}

/** What runs are protected from, and what they keep on purpose. */
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
 * The settings above that are not the server's own defaults. Best effort: an empty list when the
 * server does not say.
 *
 * @param session Outside any transaction.
 */
export async function readInheritedSettings(
  session: Session,
): Promise<readonly InheritedSetting[]> {
  if (session.server.embedded) return [];
  const names = Object.keys(APPLIES).map((name) => `'${name}'`).join(", ");
  try {
    // One message without BEGIN: when it is refused, it leaves no open transaction to what was sent
    // behind it. It sets some of them for itself; `reset_val` is what the session began with.
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
 * Keeps a session from being ended while it waits outside any transaction (`idle_session_timeout`).
 * Holds until the next DISCARD ALL. Changes nothing where no such timeout is set, so that nothing is
 * left in a pooler's connection.
 */
export async function disableIdleSessionTimeout(session: Session): Promise<void> {
  if (session.server.embedded || session.server.version < 140000) return;
  await session.query(
    `SELECT pg_catalog.set_config('idle_session_timeout', '0', false)
    WHERE pg_catalog.current_setting('idle_session_timeout') OPERATOR(pg_catalog.<>) '0'`,
  );
}

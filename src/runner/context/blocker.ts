// Pure.
/**
 * The sessions that block a statement: the query that finds them, and their description as text.
 *
 * @module
 */

import type { Row } from "../../connection/session/session.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { withoutLiterals } from "../../sql/without_literals.ts";

/**
 * A session, or a prepared transaction, that another session waits for. A field is null if the server
 * hides it from the role.
 */
export interface Blocker {
  /** Null for a prepared transaction, which has no session. */
  readonly pid: string | null;
  /** The name of a prepared transaction. */
  readonly prepared: string | null;
  /** Its `application_name`. */
  readonly application: string | null;
  /** The role that it connected as. */
  readonly role: string | null;
  /** The client's address; empty for a Unix socket. */
  readonly host: string | null;
  /** `client backend`, `autovacuum worker`, … */
  readonly backend: string | null;
  /** `active`, `idle in transaction`, …; null when the session is another role's and hidden. */
  readonly state: string | null;
  /** When its transaction began, ISO 8601. */
  readonly since: string | null;
  /** How long ago that was, by the server's clock. */
  readonly seconds: number | null;
  /** When `query` began. */
  readonly started: string | null;
  /** Its last statement, without the values in it. */
  readonly query: string | null;
  /** The relation that the session waits for, `schema.table`; null if it waits for something else. */
  readonly relation: string | null;
}

/** The most blockers that are read. */
const MOST = 20;

/** The most blockers that are described as text. */
const MOST_DESCRIBED = 5;

/** The most characters of a blocker's statement. */
const LONGEST_QUERY = 200;

/**
 * A query for the blockers of a session, the oldest transaction first; no rows if it is not blocked.
 *
 * @param waiter The waiting session. Behind a pooler each transaction may have another backend, so it is
 * found by its application name, and by its pid only if no session has that name.
 */
export function blockersQuery(waiter: { readonly pid: number; readonly application: string }) {
  const isNamed = `application_name = ${quoteLiteral(waiter.application)} ` +
    "AND datname = pg_catalog.current_database()";
  // pg_blocking_pids briefly stops the server's lock manager, so it is called only for a waiting session.
  return `WITH waiter AS MATERIALIZED (
      SELECT pid, pg_catalog.pg_blocking_pids(pid) AS blocked_by
      FROM pg_catalog.pg_stat_activity
      WHERE wait_event_type = 'Lock' AND (pid = ${waiter.pid} OR ${isNamed})
      ORDER BY ${isNamed} DESC LIMIT 1
    ), relation AS (
      SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
      FROM pg_catalog.pg_locks AS l
      JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE l.pid = (SELECT pid FROM waiter) AND (NOT l.granted OR l.locktype = 'tuple')
      ORDER BY l.granted LIMIT 1
    ), prepared AS (
      SELECT DISTINCT p.gid, p.owner, p.prepared
      FROM pg_catalog.pg_locks AS l
      JOIN pg_catalog.pg_locks AS h ON h.granted AND h.pid IS NULL AND h.locktype = l.locktype
        AND h.database IS NOT DISTINCT FROM l.database
        AND h.relation IS NOT DISTINCT FROM l.relation
        AND h.transactionid IS NOT DISTINCT FROM l.transactionid
      JOIN pg_catalog.pg_locks AS x ON x.locktype = 'transactionid' AND x.pid IS NULL
        AND x.virtualtransaction = h.virtualtransaction
      JOIN pg_catalog.pg_prepared_xacts AS p ON p.transaction = x.transactionid
      WHERE l.pid = (SELECT pid FROM waiter) AND NOT l.granted
    )
    SELECT nullif(b.pid, 0) AS pid, p.gid AS prepared, a.application_name AS application,
      coalesce(a.usename, p.owner) AS role, a.backend_type AS backend, a.state, a.query,
      CASE WHEN a.client_port = -1 THEN 'local socket'
        ELSE pg_catalog.host(a.client_addr) END AS host,
      pg_catalog.to_json(coalesce(a.xact_start, p.prepared)) #>> '{}' AS since,
      pg_catalog.floor(extract(epoch FROM
        pg_catalog.clock_timestamp() - coalesce(a.xact_start, p.prepared))) AS seconds,
      pg_catalog.to_json(a.query_start) #>> '{}' AS started,
      (SELECT name FROM relation) AS relation
    FROM waiter AS w
    CROSS JOIN LATERAL (SELECT DISTINCT pg_catalog.unnest(w.blocked_by) AS pid) AS b
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b.pid
    LEFT JOIN prepared AS p ON b.pid = 0
    ORDER BY coalesce(a.xact_start, p.prepared) LIMIT ${MOST}`;
}

/** The server's text instead of a statement that the role may not see. */
const HIDDEN = "<insufficient privilege>";

/** Converts a row of `blockersQuery`. */
export function toBlocker(row: Row): Blocker {
  const query = row["query"] || null;
  return {
    pid: row["pid"] ?? null,
    prepared: row["prepared"] ?? null,
    application: row["application"] || null,
    role: row["role"] ?? null,
    host: row["host"] ?? null,
    backend: row["backend"] ?? null,
    state: row["state"] ?? null,
    since: row["since"] ?? null,
    seconds: row["seconds"] == null ? null : Number(row["seconds"]),
    started: row["started"] ?? null,
    query: query === null || query === HIDDEN ? null : withoutLiterals(query, LONGEST_QUERY),
    relation: row["relation"] ?? null,
  };
}

/** Lines of text for people: one for each blocker, and below it its last statement. */
export function blockerLines(blockers: readonly Blocker[]): readonly string[] {
  const lines = blockers.slice(0, MOST_DESCRIBED).flatMap((blocker) => [
    `${name(blocker)}${doing(blocker)}`,
    ...(blocker.query ? [`  ${blocker.query}`] : []),
  ]);
  const more = blockers.length - MOST_DESCRIBED;
  return more > 0 ? [...lines, `and ${more}${blockers.length === MOST ? " or" : ""} more`] : lines;
}

function name({ pid, prepared, application, role, host, backend, state }: Blocker): string {
  if (prepared !== null) return `the prepared transaction '${prepared}' of role ${role}`;
  if (pid === null) return "a prepared transaction";
  const isClient = backend === null || backend === "client backend";
  if (state === null && isClient) return `a session of another role (pid ${pid})`;
  const known = [
    isClient ? application : backend,
    role && `role ${role}`,
    host && (host === "local socket" ? host : `from ${host}`),
  ].filter((word) => word !== null);
  return known.length === 0 ? `pid ${pid}` : `pid ${pid} (${known.join(", ")})`;
}

function doing({ state, seconds, relation }: Blocker): string {
  const words = [
    state,
    seconds === null ? null : `in a transaction for ${seconds} s`,
    relation && `has ${relation}`,
  ].filter((word) => word !== null);
  return words.length === 0 ? "" : `: ${words.join(", ")}`;
}

/** The SQL by which an administrator can end each blocker. This program never runs it. */
export function terminateCommands(blockers: readonly Blocker[]): readonly string[] {
  return blockers.slice(0, MOST_DESCRIBED).flatMap(({ pid, prepared }) =>
    prepared !== null
      ? [`ROLLBACK PREPARED ${quoteLiteral(prepared)}`]
      : pid === null
      ? []
      : [`SELECT pg_terminate_backend(${pid})`]
  );
}

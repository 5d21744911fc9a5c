// Pure.
/**
 * Who is in the way of a statement: what the server is asked, and how it is worded.
 *
 * @module
 */

import type { Row } from "../../connection/session/session.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { withoutLiterals } from "../../sql/without_literals.ts";

/**
 * A session, or a prepared transaction, that another one waits for. What the server does not let the
 * role see is null.
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
  /** The table that is waited for, `schema.table`, where it is one. */
  readonly relation: string | null;
}

/** The most that are asked for. */
const MOST = 20;

/** The most that are worded. */
const MOST_WORDED = 5;

/** Characters of a blocker's statement. */
const LONGEST_QUERY = 200;

/**
 * Asks who is in the way of a session right now, the longest transaction first; no rows: nobody.
 *
 * @param waiter Through a pooler each transaction may have another backend: its name counts, and the
 * pid only where no session has that name.
 */
export function blockersQuery(waiter: { readonly pid: number; readonly application: string }) {
  const isNamed = `application_name = ${quoteLiteral(waiter.application)} ` +
    "AND datname = pg_catalog.current_database()";
  // Asking for the blockers briefly stops the server's lock manager: only for one that waits.
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

/** What the server writes in the place of a statement that a role may not see. */
const HIDDEN = "<insufficient privilege>";

/** One row of the answer. */
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

/** Lines for people: who each is, and below it what it ran last. */
export function blockerLines(blockers: readonly Blocker[]): readonly string[] {
  const lines = blockers.slice(0, MOST_WORDED).flatMap((blocker) => [
    `${name(blocker)}${doing(blocker)}`,
    ...(blocker.query ? [`  ${blocker.query}`] : []),
  ]);
  const more = blockers.length - MOST_WORDED;
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

/** What an administrator can type to end each. This program never does. */
export function terminateCommands(blockers: readonly Blocker[]): readonly string[] {
  return blockers.slice(0, MOST_WORDED).flatMap(({ pid, prepared }) =>
    prepared !== null
      ? [`ROLLBACK PREPARED ${quoteLiteral(prepared)}`]
      : pid === null
      ? []
      : [`SELECT pg_terminate_backend(${pid})`]
  );
}

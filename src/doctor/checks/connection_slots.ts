/**
 * Checks that a run can open its two connections: one for the lock, one for the work.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import { type CheckResult, fail, lookAtOne, makeCheck, ok, warn } from "../check/check.ts";

/** A limit on connections, and how many it leaves. */
export interface Limit {
  /** `max_connections = 100, of which 3 are reserved`. */
  readonly what: string;
  readonly free: number;
  /** What to do to raise it. */
  readonly next: string;
}

/** Connections of a run. */
const NEEDED = 2;

/** Fewer free connections than this are a warning. */
const COMFORTABLE = 5;

export const connectionSlotsCheck = makeCheck({
  name: "connection-slots",
  embedded: false,
  read,
  judge: judgeConnectionSlots,
});

/** migrator's own connection counts as free: it is closed before a run begins. */
async function read(session: Session): Promise<readonly Limit[]> {
  const row = await lookAtOne(
    session,
    `SELECT pg_catalog.current_setting('max_connections') AS most,
      pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int4 +
        coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::pg_catalog.int4
        AS reserved,
      r.rolsuper AS superuser, r.rolconnlimit AS role_limit, d.datconnlimit AS database_limit,
      pg_catalog.quote_ident(r.rolname) AS role, pg_catalog.quote_ident(d.datname) AS database,
      (SELECT count(*) FROM ${CLIENTS}) AS used,
      (SELECT count(*) FROM ${CLIENTS} WHERE usesysid = r.oid) AS used_by_role,
      (SELECT count(*) FROM ${CLIENTS} WHERE datid = d.oid) AS used_in_database
    FROM pg_catalog.pg_roles AS r, pg_catalog.pg_database AS d
    WHERE r.rolname = SESSION_USER AND d.datname = pg_catalog.current_database()`,
  );
  const number = (name: string) => Number(row[name]);
  const superuser = row["superuser"] === "t";
  const reserved = superuser ? 0 : number("reserved");
  const free = (most: number, used: string) => most - number(used) + 1;
  const limits = [{
    what: `max_connections = ${row["most"]}` +
      (reserved > 0 ? `, ${reserved} of them reserved` : ""),
    free: free(number("most") - reserved, "used"),
    next: "End sessions that nobody needs, or ALTER SYSTEM SET max_connections and restart",
  }];
  // These limits do not apply to superusers.
  if (superuser) return limits;
  const { role, database } = row;
  if (number("role_limit") >= 0) {
    limits.push({
      what: `role ${role} has CONNECTION LIMIT ${row["role_limit"]}`,
      free: free(number("role_limit"), "used_by_role"),
      next: `Let an administrator run: ALTER ROLE ${role} CONNECTION LIMIT ${
        number("role_limit") + COMFORTABLE
      }`,
    });
  }
  if (number("database_limit") >= 0) {
    limits.push({
      what: `database ${database} has CONNECTION LIMIT ${row["database_limit"]}`,
      free: free(number("database_limit"), "used_in_database"),
      next: `Let an administrator run: ALTER DATABASE ${database} CONNECTION LIMIT ${
        number("database_limit") + COMFORTABLE
      }`,
    });
  }
  return limits;
}

/**
 * Client connections. A role without pg_read_all_stats does not see the kind of other roles'
 * sessions.
 */
const CLIENTS = `(
        SELECT usesysid, datid
        FROM pg_catalog.pg_stat_activity
        WHERE datid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'
      ) AS clients`;

/** Judges each limit. */
export function judgeConnectionSlots(limits: readonly Limit[]): readonly CheckResult[] {
  const results = limits.flatMap(({ what, free, next }) => {
    const left = `${Math.max(0, free)} free (${what})`;
    if (free < NEEDED) return fail(`${left}, and a run needs ${NEEDED}`, next);
    return free < COMFORTABLE ? warn(`only ${left}; a run needs ${NEEDED}`, next) : [];
  });
  return results.length > 0
    ? results
    : ok(limits.map(({ what, free }) => `${free} free (${what})`).join(", "));
}

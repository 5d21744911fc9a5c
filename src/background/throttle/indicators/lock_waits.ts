// Pure.
/**
 * Slows down or stops while sessions wait for locks on watched tables, whichever session holds
 * them. It stops when a session waits for a lock mode of `STRONG`.
 *
 * @module
 */

import { formatCount } from "../../../format/count.ts";
import { quoteLiteral } from "../../../sql/identifier.ts";
import {
  ACTIVITY,
  BACKGROUND_APPLICATION,
  CURRENT_DATABASE_OID,
  grade,
  type Indicator,
} from "../indicator.ts";

/** The number of waiting sessions. */
const WAITING = { slow: 1, stop: 10 };

/** Lock modes that block writers. */
const STRONG = [
  "ShareLock",
  "ShareRowExclusiveLock",
  "ExclusiveLock",
  "AccessExclusiveLock",
];

export const lockWaits: Indicator = {
  name: "lock-waits",
  // A session that waits for a row lock waits for a transaction; the first one also holds a tuple
  // lock.
  query: ({ watched }) =>
    `SELECT l.pid, l.locktype AS kind, l.mode, coalesce(l.relation, t.relation)::regclass AS relation
    FROM pg_locks AS l
    LEFT JOIN pg_locks AS t ON l.locktype = 'transactionid' AND t.pid = l.pid
      AND t.locktype = 'tuple' AND t.granted
    JOIN ${ACTIVITY} AS a ON a.pid = l.pid
    WHERE NOT l.granted AND NOT starts_with(a.application_name, ${
      quoteLiteral(BACKGROUND_APPLICATION)
    })
      AND coalesce(l.database, t.database) = ${CURRENT_DATABASE_OID}
      AND coalesce(l.relation, t.relation) IN (${watched})`,
  judge(rows, { was }) {
    const change = rows.find(({ kind, mode }) =>
      kind === "relation" && STRONG.includes(mode ?? "")
    );
    if (change) {
      return {
        signal: "stop",
        reason: `pid ${change["pid"]} waits for ${change["mode"]} on ${change["relation"]}`,
      };
    }
    const [first] = rows;
    if (!first) return { signal: "full", reason: "nobody waits for tables that are written" };
    const sessions = new Set(rows.map(({ pid }) => pid)).size;
    return {
      signal: grade(sessions, WAITING, was),
      reason: `${formatCount(sessions, "session")} waiting for locks on ${first["relation"]} ` +
        `(limit ${WAITING.stop})`,
    };
  },
};

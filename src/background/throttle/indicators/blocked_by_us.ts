// Pure.
/**
 * Stops while other sessions wait for locks of workers.
 *
 * @module
 */

import { formatElapsed } from "../../../format/elapsed_time.ts";
import { formatCount } from "../../../format/count.ts";
import { quoteLiteral } from "../../../sql/identifier.ts";
import {
  ACTIVITY,
  BACKGROUND_APPLICATION,
  figure,
  grade,
  type Indicator,
  milliseconds,
} from "../indicator.ts";

/**
 * Milliseconds that a session waits for a worker. `slow` is less than a slowed worker's transaction
 * takes, so it stays slow while others want the same rows.
 */
const WAITING = { slow: 50, stop: 2_000 };

/**
 * SQL of one value, inside a worker's transaction: the milliseconds for which another session has
 * waited for it; NULL if none waits. A worker holds no locks between two sub-batches, so this is
 * read at the end of one.
 */
export function keptWaiting(server: number): string {
  // Before 14 the start of a wait is unknown; the wait is at most as long as the transaction.
  const since = server >= 140000
    ? "coalesce(l.waitstart, transaction_timestamp())"
    : "transaction_timestamp()";
  return `(
    SELECT max(${milliseconds(`clock_timestamp() - ${since}`)})
    FROM pg_locks AS l
    WHERE NOT l.granted AND pg_backend_pid() = ANY (pg_blocking_pids(l.pid))
  )`;
}

export const blockedByUs: Indicator = {
  name: "blocked-by-us",
  query: ({ server }) => {
    // Before 14 the start of a wait is unknown; the wait is at most as long as the waiting query
    // and the blocking transaction.
    const atMost = "least(clock_timestamp() - a.query_start, clock_timestamp() - b.xact_start)";
    const waited = server >= 140000
      ? `coalesce(clock_timestamp() - l.waitstart, ${atMost})`
      : atMost;
    const worker = quoteLiteral(BACKGROUND_APPLICATION);
    return `SELECT l.pid, b.pid AS "by", ${milliseconds(waited)} AS waited
      FROM pg_locks AS l
      CROSS JOIN LATERAL unnest(pg_blocking_pids(l.pid)) AS blocker (pid)
      JOIN ${ACTIVITY} AS b
        ON b.pid = blocker.pid AND starts_with(b.application_name, ${worker})
      JOIN ${ACTIVITY} AS a
        ON a.pid = l.pid AND NOT starts_with(a.application_name, ${worker})
      WHERE NOT l.granted`;
  },
  judge(rows, { was }) {
    if (rows.length === 0) return { signal: "full", reason: "nobody waits for us" };
    const longest = Math.max(...rows.map((row) => figure(row, "waited") ?? 0));
    const first = rows.find((row) => (figure(row, "waited") ?? 0) === longest);
    const sessions = new Set(rows.map((row) => row["pid"])).size;
    return {
      signal: grade(longest, WAITING, was),
      reason:
        `${formatCount(sessions, "session")} waited for us, the longest ${formatElapsed(longest)}` +
        (first?.["pid"] ? ` (pid ${first["pid"]})` : ""),
    };
  },
};

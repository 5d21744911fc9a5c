// Pure.
/**
 * Whether others wait for locks of workers.
 *
 * @module
 */

import { quoteLiteral } from "../../../sql/identifier.ts";
import { counted, figure, grade, type Indicator, milliseconds, OURS, time } from "../indicator.ts";

/** Milliseconds that somebody waits for us. */
const WAITING = { slow: 100, stop: 2_000 };

export const blockedByUs: Indicator = {
  name: "blocked-by-us",
  query: ({ server }) => {
    // Before 14 nobody knows since when; it is not for longer than either of them has been at it.
    const atMost = "least(clock_timestamp() - a.query_start, clock_timestamp() - b.xact_start)";
    const waited = server >= 140000
      ? `coalesce(clock_timestamp() - l.waitstart, ${atMost})`
      : atMost;
    return `SELECT l.pid, b.pid AS "by", ${milliseconds(waited)} AS waited
      FROM pg_locks AS l CROSS JOIN LATERAL unnest(pg_blocking_pids(l.pid)) AS blocker (pid)
      JOIN pg_stat_activity AS b ON b.pid = blocker.pid AND starts_with(b.application_name, ${
      quoteLiteral(OURS)
    })
      JOIN pg_stat_activity AS a ON a.pid = l.pid AND NOT starts_with(a.application_name, ${
      quoteLiteral(OURS)
    })
      WHERE NOT l.granted`;
  },
  judge(rows, { was }) {
    if (rows.length === 0) return { signal: "full", reason: "nobody waits for us" };
    const longest = Math.max(...rows.map((row) => figure(row, "waited") ?? 0));
    const first = rows.find((row) => (figure(row, "waited") ?? 0) === longest);
    const sessions = new Set(rows.map((row) => row["pid"])).size;
    return {
      signal: grade(longest, WAITING, was),
      reason: `${counted(sessions, "session")} waited for us, the longest ` +
        `${time(longest)} (pid ${first?.["pid"]})`,
    };
  },
};

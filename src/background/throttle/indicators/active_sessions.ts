// Pure.
/**
 * Slows down while other sessions are active. The server does not tell how many processors it has;
 * administrators set `max_parallel_workers` to that number.
 *
 * @module
 */

import { formatCount } from "../../../format/count.ts";
import { quoteLiteral } from "../../../sql/identifier.ts";
import {
  ACTIVITY,
  BACKGROUND_APPLICATION,
  figure,
  grade,
  HIDDEN,
  type Indicator,
} from "../indicator.ts";

/** Sessions at work, as a part of `max_parallel_workers`; two at the least. */
const PART = 0.25;
const LEAST = 2;

export const activeSessions: Indicator = {
  name: "active-sessions",
  // Who waits for a lock, a client or a clock takes nothing from anybody.
  query: () =>
    `SELECT count(*) FILTER (WHERE state = 'active' AND backend_type = 'client backend' AND
        coalesce(wait_event_type, '') NOT IN ('Lock', 'Client', 'Timeout', 'Activity')) AS active,
      count(*) FILTER (WHERE query = '<insufficient privilege>') AS hidden,
      current_setting('max_parallel_workers') AS workers
    FROM ${ACTIVITY}
    WHERE pid <> pg_backend_pid() AND datid IS NOT NULL AND usesysid IS NOT NULL
      AND NOT starts_with(application_name, ${quoteLiteral(BACKGROUND_APPLICATION)})`,
  judge([row], { was }) {
    const active = figure(row, "active") ?? 0;
    const limit = Math.max(LEAST, Math.round((figure(row, "workers") ?? 0) * PART));
    const signal = grade(active, { slow: limit }, was);
    if (signal === "full" && (figure(row, "hidden") ?? 0) > 0) {
      return { signal: "unknown", reason: `how many sessions are at work: ${HIDDEN}` };
    }
    return {
      signal,
      reason: `${formatCount(active, "other session")} at work (slow from ${limit})`,
    };
  },
};

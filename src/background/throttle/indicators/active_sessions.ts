// Pure.
/**
 * Slows down while other sessions are active. SQL cannot read the number of processors;
 * administrators set `max_parallel_workers` to it.
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

/** The limit of active sessions, as a share of `max_parallel_workers`; at least two sessions. */
const PART = 0.25;
const LEAST = 2;

export const activeSessions: Indicator = {
  name: "active-sessions",
  // A session that waits for a lock, a client or a timeout uses no processor.
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

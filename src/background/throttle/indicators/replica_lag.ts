// Pure.
/**
 * Slows down or stops while standbys are behind. A standby with `recovery_min_apply_delay` looks
 * like one that falls behind, so `maxReplicaLag` must exceed its intended lag.
 *
 * @module
 */

import { formatElapsed } from "../../../format/elapsed_time.ts";
import { formatBytes } from "../../../format/byte_size.ts";
import {
  ACTIVITY,
  figure,
  grade,
  HIDDEN,
  type Indicator,
  milliseconds,
  SEVERITY,
  worst,
} from "../indicator.ts";

/** The share of the limit from which on it slows down. */
const SLOW_PART = 0.25;

/** The replay lag, in milliseconds. */
const LATE = { slow: 10_000, stop: 60_000 };

export const replicaLag: Indicator = {
  name: "replica-lag",
  // Logical subscribers are covered by the slots indicator; pg_receivewal and pg_basebackup replay
  // nothing.
  query: () =>
    `SELECT a.application_name AS name, r.state IS NULL AS hidden,
      pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn)::bigint AS bytes,
      ${milliseconds("r.replay_lag")} AS late
    FROM pg_stat_get_wal_senders() AS r JOIN ${ACTIVITY} AS a ON a.pid = r.pid
    LEFT JOIN pg_get_replication_slots() AS s ON s.active_pid = r.pid
    WHERE s.slot_type IS DISTINCT FROM 'logical' AND (r.state IS NULL OR r.replay_lsn IS NOT NULL)`,
  judge(rows, { maxReplicaLag, was }) {
    const seen = rows.filter((row) => row["hidden"] !== "t").map((row) => {
      const [behind, late] = [figure(row, "bytes") ?? 0, figure(row, "late") ?? 0];
      const byBytes = grade(behind, { slow: maxReplicaLag * SLOW_PART, stop: maxReplicaLag }, was);
      const byTime = grade(late, LATE, was);
      const isFar = SEVERITY[byBytes] >= SEVERITY[byTime];
      return {
        signal: isFar ? byBytes : byTime,
        reason: `standby "${row["name"]}" is ${
          isFar
            ? `${formatBytes(behind)} behind (limit ${formatBytes(maxReplicaLag)})`
            : `${formatElapsed(late)} late (limit ${formatElapsed(LATE.stop)})`
        }`,
      };
    });
    if (seen.length < rows.length) {
      return { signal: "unknown", reason: `how far standbys are behind: ${HIDDEN}` };
    }
    const found = worst(seen, { signal: "full", reason: "no standby is connected" });
    if (found.signal !== "full" || seen.length < 2) return found;
    return { signal: "full", reason: `${seen.length} standbys keep up` };
  },
};

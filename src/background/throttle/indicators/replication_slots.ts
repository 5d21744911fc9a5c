// Pure.
/**
 * Stops before replication slots lose WAL at `max_slot_wal_keep_size`, or fill the disk if it is
 * not set.
 *
 * @module
 */

import { formatBytes } from "../../../format/byte_size.ts";
import { figure, grade, type Indicator, type Judgement, worst } from "../indicator.ts";

const GIGABYTE = 2 ** 30;

/** Shares of `max_slot_wal_keep_size`. */
const PART = { slow: 0.5, stop: 0.8 };

/** Bytes of retained WAL, if it is not set. */
const UNLIMITED = { slow: 8 * GIGABYTE, stop: 32 * GIGABYTE };

export const replicationSlots: Indicator = {
  name: "replication-slots",
  query: () =>
    `SELECT slot_name AS name, active, wal_status AS status,
      pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint AS retained,
      pg_size_bytes(current_setting('max_slot_wal_keep_size')) AS "limit"
    FROM pg_get_replication_slots() WHERE NOT temporary AND restart_lsn IS NOT NULL`,
  judge(rows, { was }) {
    const slots = rows.map((row): Judgement => {
      const retained = figure(row, "retained") ?? 0;
      const keep = figure(row, "limit") ?? -1;
      const limits = keep < 0 ? UNLIMITED : { slow: keep * PART.slow, stop: keep * PART.stop };
      const reader = row["active"] === "t" ? "" : ", which nobody reads,";
      const reason = `slot "${row["name"]}"${reader} keeps ${formatBytes(retained)} of WAL ` +
        (keep < 0
          ? `(limit ${formatBytes(limits.stop)})`
          : `(max_slot_wal_keep_size ${formatBytes(keep)})`);
      // Waiting cannot restore a slot that is already lost.
      if (row["status"] === "lost") return { signal: "full", reason: `${reason} and is lost` };
      if (row["status"] === "unreserved") {
        return { signal: "stop", reason: `${reason} and is about to lose it` };
      }
      return { signal: grade(retained, limits, was), reason };
    });
    return worst(slots, { signal: "full", reason: "no replication slot keeps WAL" });
  },
};

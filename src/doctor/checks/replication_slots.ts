/**
 * Finds inactive replication slots: they retain WAL until the disk is full.
 *
 * @module
 */

import { formatBytes } from "../../format/byte_size.ts";
import type { Session } from "../../connection/session/session.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { type CheckResult, look, makeCheck, ok, warn } from "../check/check.ts";

/** A replication slot. */
export interface Slot {
  readonly name: string;
  readonly active: boolean;
  /** Bytes of WAL that it retains; null when it retains none. */
  readonly retained: string | null;
  /** Column `wal_status`: `reserved`, `extended`, `unreserved` or `lost`. */
  readonly status: string;
}

export const replicationSlotsCheck = makeCheck({
  name: "replication-slots",
  embedded: false,
  read,
  judge: judgeReplicationSlots,
});

async function read(session: Session): Promise<readonly Slot[]> {
  const now = session.server.standby ? "pg_last_wal_receive_lsn" : "pg_current_wal_lsn";
  const rows = await look(
    session,
    `SELECT slot_name AS name, active, wal_status AS status,
      pg_catalog.pg_wal_lsn_diff(pg_catalog.${now}(), restart_lsn) AS retained
    FROM pg_catalog.pg_replication_slots WHERE NOT temporary ORDER BY slot_name`,
  );
  return rows.map((row) => ({
    name: row["name"] ?? "",
    active: row["active"] === "t",
    retained: row["retained"] ?? null,
    status: row["status"] ?? "unknown",
  }));
}

/** A migration that rewrites a table writes WAL for every byte of it. */
export function judgeReplicationSlots(slots: readonly Slot[]): readonly CheckResult[] {
  const kept = ({ retained }: Slot) =>
    retained === null ? "keeps no WAL" : `keeps ${formatBytes(Number(retained))} of WAL`;
  const active = slots.filter((slot) => slot.active);
  const results = slots.filter((slot) => !slot.active).flatMap((slot) => {
    const { name, status } = slot;
    return warn(
      status === "lost"
        ? `slot ${name} has lost the WAL that its reader needs`
        : `slot ${name} has no reader and ${kept(slot)}, more with every migration`,
      status === "lost"
        ? `Its reader has to be set up anew. When that is done: SELECT pg_drop_replication_slot(${
          quoteLiteral(name)
        })`
        : "Ask whose it is, and start its reader. What drops it cuts that reader off for good: " +
          `SELECT pg_drop_replication_slot(${quoteLiteral(name)})`,
    );
  });
  if (active.length > 0) {
    const list = active.map((slot) => `${slot.name} ${kept(slot)}`).join(", ");
    return [...ok(`read by somebody: ${list}`), ...results];
  }
  return results.length > 0 ? results : ok("none");
}

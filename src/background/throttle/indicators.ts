// Pure.
/**
 * All indicators, in the order in which they are queried.
 *
 * @module
 */

import type { IndicatorName } from "../../definition/batched/throttle_indicators.ts";
import type { Indicator } from "./indicator.ts";
import { activeSessions } from "./indicators/active_sessions.ts";
import { archiveBacklog } from "./indicators/archive_backlog.ts";
import { autovacuum } from "./indicators/autovacuum.ts";
import { blockedByUs } from "./indicators/blocked_by_us.ts";
import { deadTuples } from "./indicators/dead_tuples.ts";
import { lockWaits } from "./indicators/lock_waits.ts";
import { oldestXmin } from "./indicators/oldest_xmin.ts";
import { replicaLag } from "./indicators/replica_lag.ts";
import { replicationSlots } from "./indicators/replication_slots.ts";

/** One for each name that a declaration may ignore. */
export const INDICATORS: Readonly<Record<IndicatorName, Indicator>> = {
  "replica-lag": replicaLag,
  "replication-slots": replicationSlots,
  "archive-backlog": archiveBacklog,
  autovacuum,
  "blocked-by-us": blockedByUs,
  "lock-waits": lockWaits,
  "dead-tuples": deadTuples,
  "oldest-xmin": oldestXmin,
  "active-sessions": activeSessions,
};

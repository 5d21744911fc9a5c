// Pure.
/**
 * What an indicator is: a query, and a pure judgement of its rows.
 *
 * @module
 */

import type { Row } from "../../connection/session/session.ts";
import type { IndicatorName } from "../../definition/batched/throttle_indicators.ts";
import type { IndicatorReading, Signal } from "./signal.ts";

/** Sessions whose application_name begins so are ours. */
export const BACKGROUND_APPLICATION = "migrator background";

/**
 * SQL: what pg_stat_activity shows, without the names of roles and databases, which the view joins: it
 * takes longer to plan than to read.
 */
export const ACTIVITY = "pg_stat_get_activity(NULL)";

/** SQL: this database, as `datid` and in pg_locks. */
export const CURRENT_DATABASE_OID =
  "(SELECT oid FROM pg_database WHERE datname = current_database())";

/** What questions are about. */
export interface IndicatorSubject {
  /** A subquery of one column: the oids of the tables that are watched, with their partitions. */
  readonly watched: string;
  /** `server_version_num`. */
  readonly server: number;
}

/** What answers are measured by. */
export interface IndicatorLimits {
  /** Bytes of WAL that a standby may be behind. */
  readonly maxReplicaLag: number;
  /** WAL files that may wait to be archived. */
  readonly maxArchiveBacklog: number;
  /** What this indicator said last: what holds back does so until it is clearly better. */
  readonly was: IndicatorReading["signal"];
}

/** A judgement, which becomes a `Reading` with the indicator's name. */
export type Judgement = Pick<IndicatorReading, "signal" | "reason">;

/** One thing that is looked at before a sub-batch. */
export interface Indicator {
  readonly name: IndicatorName;
  /** One query that reads the catalogs, with names of pg_catalog unqualified. */
  query(indicatorSubject: IndicatorSubject): string;
  judge(rows: readonly Row[], indicatorLimits: IndicatorLimits): Judgement;
}

/** What a value must come back under before it counts as better, as a part of what it had exceeded. */
const RELIEF = 0.8;

/**
 * Grades a figure that is better when it is smaller.
 *
 * @param limits From where on it asks for less; undefined where it never does.
 */
export function grade(
  value: number,
  limits: { readonly slow?: number; readonly stop?: number },
  was: IndicatorReading["signal"],
): Signal {
  const { slow = Infinity, stop = Infinity } = limits;
  if (value >= (was === "stop" ? stop * RELIEF : stop)) return "stop";
  return value >= (was === "slow" || was === "stop" ? slow * RELIEF : slow) ? "slow" : "full";
}

/** The one that asks for the least speed; `unknown` counts for less than any. */
export function worst(judgements: readonly Judgement[], otherwise: Judgement): Judgement {
  let found: Judgement | undefined;
  for (const one of judgements) {
    if (!found || SEVERITY[one.signal] > SEVERITY[found.signal]) found = one;
  }
  return found ?? otherwise;
}

/** How much each holds back. */
export const SEVERITY: Readonly<Record<IndicatorReading["signal"], number>> = {
  unknown: 0,
  full: 1,
  slow: 2,
  stop: 3,
};

/** A column as a number, NULL and what is missing as undefined. */
export function figure(row: Row | undefined, column: string): number | undefined {
  const text = row?.[column];
  return text == null ? undefined : Number(text);
}

/** Why nothing is known, and what would let this role know. */
export const HIDDEN =
  "this role is not shown it; let an administrator run GRANT pg_monitor TO that role";

/** SQL: an interval as whole milliseconds. */
export function milliseconds(interval: string): string {
  return `(extract(epoch FROM ${interval}) * 1000)::bigint`;
}

// Pure.
/**
 * An indicator: a query, and a pure function that judges its rows.
 *
 * @module
 */

import type { Row } from "../../connection/session/session.ts";
import type { IndicatorName } from "../../definition/batched/throttle_indicators.ts";
import type { IndicatorReading, Signal } from "./verdict.ts";

/** The application_name prefix of migrator's worker sessions. */
export const BACKGROUND_APPLICATION = "migrator background";

/**
 * SQL: the rows of pg_stat_activity without the view's joins to roles and databases, which take
 * longer to plan than to run.
 */
export const ACTIVITY = "pg_stat_get_activity(NULL)";

/** SQL: the oid of the current database, as in pg_stat_activity and pg_locks. */
export const CURRENT_DATABASE_OID =
  "(SELECT oid FROM pg_database WHERE datname = current_database())";

/** The subject of the queries. */
export interface IndicatorSubject {
  /** A subquery of one column: the oids of the watched tables and their partitions. */
  readonly watched: string;
  /** `server_version_num`. */
  readonly server: number;
}

/** The limits for judging the results. */
export interface IndicatorLimits {
  /** Bytes of WAL that a standby may be behind. */
  readonly maxReplicaLag: number;
  /** WAL files that may wait to be archived. */
  readonly maxArchiveBacklog: number;
  /**
   * This indicator's last signal: one that slowed down or stopped does so until the figure is
   * clearly better.
   */
  readonly was: IndicatorReading["signal"];
}

/** A judgement, which becomes an `IndicatorReading` with the indicator's name. */
export type Judgement = Pick<IndicatorReading, "signal" | "reason">;

/** A health check before a sub-batch. */
export interface Indicator {
  readonly name: IndicatorName;
  /** Returns one query on the catalogs, with unqualified names of pg_catalog. */
  query(indicatorSubject: IndicatorSubject): string;
  judge(rows: readonly Row[], indicatorLimits: IndicatorLimits): Judgement;
}

/** The share of an exceeded limit under which a value must fall before it counts as better. */
const RELIEF = 0.8;

/**
 * Grades a figure whose smaller values are better.
 *
 * @param limits The values from which on it slows down or stops; undefined for never.
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

/** The most severe judgement; `unknown` ranks below all others. */
export function worst(judgements: readonly Judgement[], otherwise: Judgement): Judgement {
  let found: Judgement | undefined;
  for (const one of judgements) {
    if (!found || SEVERITY[one.signal] > SEVERITY[found.signal]) found = one;
  }
  return found ?? otherwise;
}

/** The severity of each signal. */
export const SEVERITY: Readonly<Record<IndicatorReading["signal"], number>> = {
  unknown: 0,
  full: 1,
  slow: 2,
  stop: 3,
};

/** A column as a number; undefined for NULL or a missing row. */
export function figure(row: Row | undefined, column: string): number | undefined {
  const text = row?.[column];
  return text == null ? undefined : Number(text);
}

/** Why the figure is unknown, and which privilege would reveal it. */
export const HIDDEN =
  "this role is not shown it; let an administrator run GRANT pg_monitor TO that role";

/** SQL: an interval as whole milliseconds. */
export function milliseconds(interval: string): string {
  return `(extract(epoch FROM ${interval}) * 1000)::bigint`;
}

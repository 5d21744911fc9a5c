/**
 * The progress of an index build, from pg_stat_progress_create_index.
 *
 * @module
 */

import type { Row } from "../../connection/session/session.ts";
import { quoteLiteral } from "../../sql/identifier.ts";

/** The progress of a CREATE INDEX or REINDEX. Counts belong to the current phase; 0 where it has none. */
export interface IndexProgress {
  /** `schema.index`; null while only the builder can see it. */
  readonly index: string | null;
  /** The phase as PostgreSQL names it: `building index: scanning table`. */
  readonly phase: string;
  /** 0 to 100, whole, of this phase; null where the phase does not count. */
  readonly percent: number | null;
  /** Blocks of the phase that are done. */
  readonly blocksDone: number;
  /** Blocks of the phase. */
  readonly blocksTotal: number;
  /** Tuples of the phase that are done. */
  readonly tuplesDone: number;
  /** Tuples of the phase. */
  readonly tuplesTotal: number;
  /** Transactions of the phase that have ended. */
  readonly lockersDone: number;
  /** Transactions that the phase waits for. */
  readonly lockersTotal: number;
  /** The process id of the transaction that it waits for now. */
  readonly locker: number | null;
}

/**
 * A query for the build of one backend; no rows if it builds nothing.
 *
 * @param builder.application Also finds the session by this name: behind a pooler its pid may change.
 */
export function indexProgressQuery(
  builder: { readonly pid: number; readonly application?: string },
): string {
  const named = builder.application === undefined
    ? ""
    : ` OR a.application_name = ${quoteLiteral(builder.application)}`;
  return `SELECT p.phase, p.blocks_done, p.blocks_total, p.tuples_done, p.tuples_total,
      p.lockers_done, p.lockers_total, nullif(p.current_locker_pid, 0) AS locker,
      CASE WHEN c.oid IS NOT NULL THEN pg_catalog.format('%I.%I', n.nspname, c.relname) END AS index
    FROM pg_catalog.pg_stat_progress_create_index AS p
    JOIN pg_catalog.pg_stat_activity AS a ON a.pid = p.pid
    LEFT JOIN pg_catalog.pg_class AS c ON c.oid = p.index_relid
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE p.datname = pg_catalog.current_database() AND p.phase IS NOT NULL
      AND (p.pid = ${builder.pid}${named})
    LIMIT 1`;
}

/** Converts a row of `indexProgressQuery`. */
export function toIndexProgress(row: Row): IndexProgress {
  const count = (name: string) => Number(row[name] ?? 0);
  const counts = {
    blocksDone: count("blocks_done"),
    blocksTotal: count("blocks_total"),
    tuplesDone: count("tuples_done"),
    tuplesTotal: count("tuples_total"),
    lockersDone: count("lockers_done"),
    lockersTotal: count("lockers_total"),
  };
  const phase = row["phase"] ?? "";
  // Counts of earlier phases remain in the row, so the phase decides which counts apply.
  const [done, total] = phase.startsWith("waiting")
    ? [counts.lockersDone, counts.lockersTotal]
    : phase.includes("tuples")
    ? [counts.tuplesDone, counts.tuplesTotal]
    : [counts.blocksDone, counts.blocksTotal];
  return {
    index: row["index"] ?? null,
    phase,
    percent: total > 0 ? Math.min(100, Math.floor(100 * done / total)) : null,
    ...counts,
    locker: row["locker"] ? Number(row["locker"]) : null,
  };
}

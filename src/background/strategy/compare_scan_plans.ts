// Pure.
/**
 * Compares two scan plans of a table: partitions that were attached or lost, and segments that were
 * rewritten.
 *
 * @module
 */

import type { ScanPlan, Segment } from "./scan_plan.ts";

/** Segments that were attached, lost, or rewritten. */
export interface ScanPlanDifference {
  /** Partitions attached since, which the old plan does not scan. */
  readonly added: readonly Segment[];
  /** Partitions detached or dropped since. */
  readonly lost: readonly Segment[];
  /**
   * Segments rewritten by VACUUM FULL, CLUSTER, ALTER TABLE or TRUNCATE. Their rows have moved, so
   * a scan by ctid starts again. Empty if the scan has a key.
   */
  readonly rewritten: readonly Segment[];
}

/** Compares relations by oid, so a rename is no difference. */
export function compareScanPlans(old: ScanPlan, now: ScanPlan): ScanPlanDifference {
  const before = new Map(old.segments.map((segment) => [segment.oid, segment]));
  const after = new Set(now.segments.map(({ oid }) => oid));
  return {
    added: now.segments.filter(({ oid }) => !before.has(oid)),
    lost: old.segments.filter(({ oid }) => !after.has(oid)),
    rewritten: now.key.length > 0 ? [] : now.segments.filter(({ oid, filenode }) => {
      const known = before.get(oid);
      return known !== undefined && known.filenode !== filenode;
    }),
  };
}

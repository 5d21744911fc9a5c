// Pure.
/**
 * Compares two scan plans of a table: which partitions came or went, and whether it was rewritten.
 *
 * @module
 */

import type { ScanPlan, Segment } from "./scan_plan.ts";

/** Parts that came, went, or were written anew. */
export interface ScanPlanDifference {
  /** Partitions attached since: nobody walks them yet. */
  readonly added: readonly Segment[];
  /** Partitions detached or dropped since. */
  readonly lost: readonly Segment[];
  /**
   * Rewritten (VACUUM FULL, CLUSTER, ALTER TABLE, TRUNCATE): rows lie elsewhere, so that a walk by ctid
   * begins again. Empty where the walk has a key.
   */
  readonly rewritten: readonly Segment[];
}

/** Relations are the same by oid, whatever they are called now. */
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

// Pure.
/**
 * The plan of a table's scan. It is stored, so that all workers use the same one.
 *
 * @module
 */

import type { SqlTemplate } from "../../definition/batched/sql_template.ts";
import type { KeyColumn } from "./strategy.ts";

/** The scan plan of a batched migration. */
export interface ScanPlan {
  /** Empty for ctid. */
  readonly key: readonly KeyColumn[];
  /** The table, or the leaf partitions of a partitioned table, in a stable order. */
  readonly segments: readonly Segment[];
  /** The index that finds bounds; undefined for ctid. */
  readonly index?: string;
  /** The planner's estimate of all rows; undefined without one. */
  readonly estimate?: number;
  /** The size of the table on disk when the scan was planned, without indexes. */
  readonly bytes?: number;
}

/** A relation that is scanned separately. */
export interface Segment {
  /** Qualified and quoted. */
  readonly relation: string;
  readonly oid: string;
  /** It changes when the table is rewritten. */
  readonly filenode: string;
  /** Whether it is a partition or a child whose parent the bodies name. */
  readonly isPart?: boolean;
  /** Whether it was dropped during the scan. */
  readonly isGone?: boolean;
  /**
   * The partition's bounds as a condition, with placeholders for the alias before columns;
   * undefined: any row.
   */
  readonly bounds?: SqlTemplate;
}

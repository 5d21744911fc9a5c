// Pure.
/**
 * How a table is scanned. It is stored, so that all workers scan alike.
 *
 * @module
 */

import type { SqlTemplate } from "../../definition/batched/sql_template.ts";
import type { KeyColumn } from "./strategy.ts";

/** How a batched migration walks. */
export interface ScanPlan {
  /** Empty for ctid. */
  readonly key: readonly KeyColumn[];
  /** In a stable order: the table, or the leaves of a partitioned one. */
  readonly segments: readonly Segment[];
  /** The index that bounds are found by; undefined for ctid. */
  readonly index?: string;
  /** The planner's estimate of all rows; undefined where it has none. */
  readonly estimate?: number;
  /** What the rows take on disk when it was looked, indexes aside. */
  readonly bytes?: number;
}

/** A relation that is walked by itself. */
export interface Segment {
  /** Qualified and quoted. */
  readonly relation: string;
  readonly oid: string;
  /** Another one means that the table was rewritten. */
  readonly filenode: string;
  /** It is a partition or a child, and bodies name the table above it. */
  readonly isPart?: boolean;
  /** It was dropped while the table was walked. */
  readonly isGone?: boolean;
  /** True for each row that a partition may hold, with holes before columns; undefined: any row. */
  readonly bounds?: SqlTemplate;
}

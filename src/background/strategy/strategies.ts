// Pure.
/**
 * The built-in strategies by their names.
 *
 * @module
 */

import type { StrategyName } from "../../definition/batched/batched_migration.ts";
import { ctid } from "./ctid.ts";
import { keyset } from "./keyset.ts";
import { looseIndexScan } from "./loose_index_scan.ts";
import type { BatchingStrategy } from "./strategy.ts";

/** The strategy of each name. */
export const BUILT_IN: Readonly<Record<StrategyName, BatchingStrategy>> = {
  "primary-key": keyset,
  keyset,
  "loose-index-scan": looseIndexScan,
  ctid,
};

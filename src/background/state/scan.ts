// Pure.
/**
 * The scan of a segment, as a strategy needs it.
 *
 * @module
 */

import { renderTemplate } from "../../definition/batched/sql_template.ts";
import type { Job, StoredMigration } from "./rows.ts";
import { partitionFilter } from "../strategy/partition_filter.ts";
import type { Scan } from "../strategy/strategy.ts";

/** @throws {RangeError} The migration has no scan plan, or no such segment. */
export function segmentScan(
  { declaration, scanPlan }: Pick<StoredMigration, "declaration" | "scanPlan">,
  at: { readonly segment: number; readonly server: number },
): Scan {
  const segment = scanPlan?.segments[at.segment];
  if (!scanPlan || !segment) {
    throw new RangeError(`${declaration.name} has no segment ${at.segment}`);
  }
  const { filter } = declaration;
  return {
    relation: segment.relation,
    key: scanPlan.key,
    server: at.server,
    ...(segment.isPart ? { part: partitionFilter(segment) } : {}),
    ...(filter
      ? { filter: (alias) => renderTemplate(filter, { alias, arguments: declaration.arguments }) }
      : {}),
  };
}

/** The scan of the batch's segment. */
export function scanOf({ migration, segment }: Job, server: number): Scan {
  return segmentScan(migration, { segment, server });
}

// Pure.
/**
 * A condition for the rows of one partition or child, in a statement on its parent.
 *
 * @module
 */

import { renderTemplate } from "../../definition/batched/sql_template.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import type { Segment } from "./scan_plan.ts";
import { qualify } from "./key.ts";

/**
 * Returns a condition for the rows of the relation, in a statement on its parent. Known bounds let
 * the planner prune the other partitions.
 */
export function partitionFilter({ relation, bounds }: Segment): (alias: string) => string {
  const oid = `${quoteLiteral(relation)}::pg_catalog.regclass::pg_catalog.oid`;
  return (alias) => {
    const isIn = `${qualify(alias, "tableoid")} OPERATOR(pg_catalog.=) ${oid}`;
    return bounds ? `${isIn} AND (${renderTemplate(bounds, { alias, arguments: {} })})` : isIn;
  };
}

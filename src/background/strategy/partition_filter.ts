// Pure.
/**
 * A condition for the rows of one partition or child, in a statement about the table above it.
 *
 * @module
 */

import { renderTemplate } from "../../definition/batched/sql_template.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import type { Segment } from "./scan_plan.ts";
import { qualify } from "./key.ts";

/**
 * True for the rows of that relation, in a statement about the table above it. Where it has bounds, they
 * tell the planner too: it then leaves all other partitions alone.
 */
export function partitionFilter({ relation, bounds }: Segment): (alias: string) => string {
  const oid = `${quoteLiteral(relation)}::pg_catalog.regclass::pg_catalog.oid`;
  return (alias) => {
    const isIn = `${qualify(alias, "tableoid")} OPERATOR(pg_catalog.=) ${oid}`;
    return bounds ? `${isIn} AND (${renderTemplate(bounds, { alias, arguments: {} })})` : isIn;
  };
}

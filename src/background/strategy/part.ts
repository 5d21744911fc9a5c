// Pure.
/**
 * Which rows of a table are in one of its parts: a partition, or a child.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { qualify } from "./key.ts";

/**
 * True for the rows of that relation, in a statement about the table above it.
 *
 * @param relation Qualified and quoted.
 */
export function partOf(relation: string): (alias: string) => string {
  const oid = `${quoteLiteral(relation)}::pg_catalog.regclass::pg_catalog.oid`;
  return (alias) => `${qualify(alias, "tableoid")} OPERATOR(pg_catalog.=) ${oid}`;
}

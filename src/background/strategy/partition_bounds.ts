/**
 * Turns the bounds of a partition into a condition for statements on the partitioned table.
 *
 * @module
 */

import type { SqlTemplate } from "../../definition/batched/sql_template.ts";
import { parseStatements } from "../../sql/script_statements.ts";
import { lastName, nodesIn } from "../../sql/syntax_tree.ts";

const PREFIX = "SELECT ";

/**
 * Hash bounds do not help the planner, and the bounds of a DEFAULT partition change with other
 * partitions.
 */
const USELESS = /\bsatisfies_hash_partition\(|\bNOT \(/;

/**
 * @param constraint The result of `pg_get_partition_constraintdef`.
 * @returns Undefined if the bounds are of no use.
 */
export async function partitionBounds(constraint: string): Promise<SqlTemplate | undefined> {
  if (USELESS.test(constraint)) return undefined;
  const [statement] = await parseStatements(PREFIX + constraint);
  if (statement === undefined) return undefined;
  const holes = [...nodesIn(statement.node)].flatMap((node) => {
    if (!("ColumnRef" in node)) return [];
    const { fields, location } = node.ColumnRef;
    const start = statement.offsetOf(location ?? 0) - PREFIX.length;
    return [{ start, end: start, kind: "column", name: lastName(fields) ?? "" } as const];
  });
  return { text: constraint, holes: holes.sort((a, b) => a.start - b.start), line: 1 };
}

/**
 * Finds the columns of its table that a batched migration assigns.
 *
 * @module
 */

import type { Node, RangeVar } from "@pgsql/types";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import { parseStatements } from "../../sql/script_statements.ts";
import { nodesIn } from "../../sql/syntax_tree.ts";

/**
 * The columns that UPDATE, `ON CONFLICT DO UPDATE` and MERGE assign, in both directions.
 *
 * @param table The table's `relname`.
 */
export async function writtenColumns(
  { sql, down = [] }: BatchedMigration,
  table: string,
): Promise<readonly string[]> {
  const columns = new Set<string>();
  for (const { text } of [...sql, ...down]) {
    const statements = await parseStatements(text);
    // Statements may be nested in others, as in WITH.
    for (const node of nodesIn(statements.map((statement) => statement.node))) {
      const [relation, targets] = assignmentsOf(node);
      if (relation?.relname !== table) continue;
      for (const target of targets ?? []) {
        if ("ResTarget" in target && target.ResTarget.name) columns.add(target.ResTarget.name);
      }
    }
  }
  return [...columns];
}

/** The relation and the assignments of a statement that changes columns of rows. */
export function assignmentsOf(
  node: Node,
): readonly [relation?: RangeVar | undefined, targets?: readonly Node[] | undefined] {
  if ("UpdateStmt" in node) return [node.UpdateStmt.relation, node.UpdateStmt.targetList];
  if ("InsertStmt" in node) {
    return [node.InsertStmt.relation, node.InsertStmt.onConflictClause?.targetList];
  }
  if ("MergeStmt" in node) {
    const clauses = node.MergeStmt.mergeWhenClauses ?? [];
    return [
      node.MergeStmt.relation,
      clauses.flatMap((clause) =>
        "MergeWhenClause" in clause && clause.MergeWhenClause.commandType === "CMD_UPDATE"
          ? clause.MergeWhenClause.targetList ?? []
          : []
      ),
    ];
  }
  return [];
}

/**
 * Which columns of its own table a batched migration assigns.
 *
 * @module
 */

import type { Node, RangeVar } from "@pgsql/types";
import type { BatchedMigration } from "../../definition/batched_migration.ts";
import { parseStatements } from "../../sql/script_statements.ts";

/**
 * Those of UPDATE, of `ON CONFLICT DO UPDATE` and of MERGE, upwards and down.
 *
 * @param table The table's name, as the catalog has it.
 */
export async function writtenColumns(
  { sql, down = [] }: BatchedMigration,
  table: string,
): Promise<readonly string[]> {
  const columns = new Set<string>();
  for (const { text } of [...sql, ...down]) {
    for (const { node } of await parseStatements(text)) assigned(node, { table, columns });
  }
  return [...columns];
}

/** Statements may stand inside others, behind WITH. */
function assigned(
  tree: unknown,
  into: { readonly table: string; readonly columns: Set<string> },
): void {
  if (typeof tree !== "object" || tree === null) return;
  const [relation, targets] = assignmentsOf(tree as Node);
  if (relation?.relname === into.table) {
    for (const target of targets ?? []) {
      if ("ResTarget" in target && target.ResTarget.name) into.columns.add(target.ResTarget.name);
    }
  }
  for (const below of Object.values(tree)) assigned(below, into);
}

function assignmentsOf(
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

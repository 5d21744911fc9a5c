/**
 * Finds what a batched migration writes to its table.
 *
 * @module
 */

import type { Node, RangeVar } from "@pgsql/types";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import { parseStatements } from "../../sql/script_statements.ts";
import { nodesIn } from "../../sql/syntax_tree.ts";

/** What the statements write, in both directions. */
export interface TableWrites {
  /** The columns that UPDATE, `ON CONFLICT DO UPDATE` and MERGE assign. */
  readonly columns: readonly string[];
  /** Whether DELETE or MERGE deletes rows. */
  readonly deletes: boolean;
}

/** @param table The table's `relname`. */
export async function tableWrites(
  { sql, down = [] }: BatchedMigration,
  table: string,
): Promise<TableWrites> {
  const columns = new Set<string>();
  let deletes = false;
  for (const { text } of [...sql, ...down]) {
    const statements = await parseStatements(text);
    // Statements may be nested in others, as in WITH.
    for (const node of nodesIn(statements.map((statement) => statement.node))) {
      deletes ||= deletedFrom(node)?.relname === table;
      const [relation, targets] = assignmentsOf(node);
      if (relation?.relname !== table) continue;
      for (const target of targets ?? []) {
        if ("ResTarget" in target && target.ResTarget.name) columns.add(target.ResTarget.name);
      }
    }
  }
  return { columns: [...columns], deletes };
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

function deletedFrom(node: Node): RangeVar | undefined {
  if ("DeleteStmt" in node) return node.DeleteStmt.relation;
  if (!("MergeStmt" in node)) return undefined;
  const clauses = node.MergeStmt.mergeWhenClauses ?? [];
  const mayDelete = clauses.some((clause) =>
    "MergeWhenClause" in clause && clause.MergeWhenClause.commandType === "CMD_DELETE"
  );
  return mayDelete ? node.MergeStmt.relation : undefined;
}

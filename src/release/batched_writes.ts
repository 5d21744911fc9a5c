/**
 * Whether all that a batched migration has written is lost on the way anyway.
 *
 * @module
 */

import type { Node, RangeVar } from "@pgsql/types";
import { assignmentsOf } from "../background/strategy/table_writes.ts";
import type { BatchedMigration } from "../definition/batched/batched_migration.ts";
import { parseStatements } from "../sql/script_statements.ts";
import { nodesIn } from "../sql/syntax_tree.ts";
import type { Loss, RelationName } from "./losses.ts";

/**
 * True when each statement writes only tables and columns that the way drops. Then it need not be
 * undone: nothing of a half-done batched migration is left.
 *
 * False for one written in TypeScript, whose writes are not known.
 */
export async function isLostAnyway(
  { sql }: BatchedMigration,
  losses: readonly Loss[],
): Promise<boolean> {
  if (sql.length === 0) return false;
  for (const { text } of sql) {
    const statements = await parseStatements(text);
    for (const node of nodesIn(statements.map((statement) => statement.node))) {
      const write = writeOf(node);
      if (write !== undefined && !isLost(write, losses)) return false;
    }
  }
  return true;
}

interface Write {
  readonly table: RelationName;
  /** Undefined: rows are added or removed. */
  readonly columns: readonly string[] | undefined;
}

function writeOf(node: Node): Write | undefined {
  if ("UpdateStmt" in node) {
    const [relation, targets = []] = assignmentsOf(node);
    const columns = targets.flatMap((target) =>
      "ResTarget" in target ? [target.ResTarget.name ?? ""] : []
    );
    return relation && { table: nameOf(relation), columns };
  }
  const relation = "InsertStmt" in node
    ? node.InsertStmt.relation
    : "DeleteStmt" in node
    ? node.DeleteStmt.relation
    : "MergeStmt" in node
    ? node.MergeStmt.relation
    : undefined;
  return relation && { table: nameOf(relation), columns: undefined };
}

function isLost({ table, columns }: Write, losses: readonly Loss[]): boolean {
  const ofTable = losses.filter((loss) => {
    if (loss.kind === "schema") return loss.schema === table.schema;
    return (loss.kind === "table" || loss.kind === "column") && isSame(loss.table, table);
  });
  if (ofTable.some(({ kind }) => kind === "table" || kind === "schema")) return true;
  return columns !== undefined &&
    columns.every((column) =>
      ofTable.some((loss) => loss.kind === "column" && loss.column === column)
    );
}

/** A name without a schema means the same table as one with it: there is hardly another. */
function isSame(a: RelationName, b: RelationName): boolean {
  return a.name === b.name &&
    (a.schema === undefined || b.schema === undefined || a.schema === b.schema);
}

function nameOf({ schemaname, relname = "" }: RangeVar): RelationName {
  return { schema: schemaname, name: relname };
}

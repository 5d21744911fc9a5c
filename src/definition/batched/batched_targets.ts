/**
 * Finds the tables that the statements of a batched migration write.
 *
 * @module
 */

import type { Node, RangeVar } from "@pgsql/types";
import { quoteIdentifier } from "../../sql/identifier.ts";
import { parseStatements } from "../../sql/script_statements.ts";
import { nodesIn } from "../../sql/syntax_tree.ts";
import type { SqlTemplate } from "./sql_template.ts";

/** The tables' names as SQL, each once, in order of appearance. */
export async function targetsOf(templates: readonly SqlTemplate[]): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const { text } of templates) {
    const statements = await parseStatements(text);
    // Data-modifying statements may be nested in WITH.
    for (const node of nodesIn(statements.map((statement) => statement.node))) {
      const target = targetOf(node);
      if (target?.relname) names.add(nameOf(target));
    }
  }
  return [...names];
}

function targetOf(node: Node): RangeVar | undefined {
  if ("InsertStmt" in node) return node.InsertStmt.relation;
  if ("UpdateStmt" in node) return node.UpdateStmt.relation;
  if ("DeleteStmt" in node) return node.DeleteStmt.relation;
  if ("MergeStmt" in node) return node.MergeStmt.relation;
  return undefined;
}

function nameOf({ schemaname, relname }: RangeVar): string {
  const parts = schemaname ? [schemaname, relname!] : [relname!];
  return parts.map((part) => /^[a-z_][a-z0-9_]*$/.test(part) ? part : quoteIdentifier(part))
    .join(".");
}

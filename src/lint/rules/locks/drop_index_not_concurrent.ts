// Pure.
import { droppedNames, relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** DROP INDEX takes ACCESS EXCLUSIVE of the table. */
export const dropIndexNotConcurrent: Rule = {
  code: "drop-index-not-concurrent",
  family: "locks",
  severity: "error",
  title: "DROP INDEX without CONCURRENTLY",
  why:
    "It takes an ACCESS EXCLUSIVE lock of the table. While it waits for that, every later query of the " +
    "table, reads included, queues behind it. CONCURRENTLY waits without blocking others.",
  recipe: "DROP INDEX CONCURRENTLY orders_user_id;",
  bad: "DROP INDEX orders_user_id;",
  good: "DROP INDEX CONCURRENTLY orders_user_id;",
  *statement({ node }, scope) {
    if (!("DropStmt" in node) || node.DropStmt.removeType !== "OBJECT_INDEX") return;
    if (node.DropStmt.concurrent) return;
    for (const name of droppedNames(node.DropStmt.objects)) {
      const index = scope.schema.index(name);
      if (index !== undefined && !scope.isLive(index.table)) continue;
      const table = index === undefined ? "its table" : relationLabel(index.table);
      yield {
        message:
          `Dropping ${relationLabel(name)} blocks every query of ${table} while it waits for the ` +
          "lock. Drop it with CONCURRENTLY.",
      };
    }
  },
};

// Pure.
import { droppedNames, relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** The running release still uses the table. */
export const dropTable: Rule = {
  code: "drop-table",
  family: "compatibility",
  severity: "error",
  title: "A table is dropped",
  why:
    "While the new release is rolled out, and after a rollback, the old one uses the table and fails. " +
    "The rows are gone.",
  recipe: `-- Release 1: the application stops to use the table.
-- Release 2:
-- migrator: lintIgnore: drop-table: unused since release 1
DROP TABLE audit_old;`,
  bad: "DROP TABLE audit_old;",
  good: `CREATE TABLE scratch (id bigint PRIMARY KEY);
DROP TABLE scratch;`,
  *statement({ node }, scope) {
    if (!("DropStmt" in node) || node.DropStmt.removeType !== "OBJECT_TABLE") return;
    for (const name of droppedNames(node.DropStmt.objects)) {
      if (!scope.isLive(name)) continue;
      yield {
        message: `A release that still uses ${
          relationLabel(name)
        } fails from here on, and its rows are gone.`,
      };
    }
  },
};

// Pure.
import { relationLabel, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** The running release knows the old name. */
export const renameColumn: Rule = {
  code: "rename-column",
  family: "compatibility",
  severity: "error",
  title: "A column is renamed",
  why:
    "While the new release is rolled out, and after a rollback, the old one uses the old name and fails.",
  recipe:
    `-- Release 1: a new column; a trigger keeps both alike; a batched migration copies the old rows.
ALTER TABLE users ADD COLUMN display_name text;
-- Release 2: the application uses the new column only. Release 3:
ALTER TABLE users DROP COLUMN name;`,
  bad: "ALTER TABLE users RENAME COLUMN name TO display_name;",
  good: "ALTER TABLE users ADD COLUMN display_name text;",
  *statement({ node }, scope) {
    if (!("RenameStmt" in node) || node.RenameStmt.renameType !== "OBJECT_COLUMN") return;
    const { relation, subname, newname } = node.RenameStmt;
    if (relation === undefined || !scope.isLive(relationName(relation))) return;
    yield {
      message:
        `A release that uses ${
          relationLabel(relationName(relation))
        }.${subname} fails when it is ` +
        `${newname}.`,
      location: relation.location,
    };
  },
};

// Pure.
import { relationKey, relationLabel, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** The running release knows the old name. */
export const renameTable: Rule = {
  code: "rename-table",
  family: "compatibility",
  severity: "error",
  title: "A table or view is renamed",
  why:
    "While the new release is rolled out, and after a rollback, the old one uses the old name and fails. " +
    "A simple view with the old name, in the same transaction, lets it go on.",
  recipe: `ALTER TABLE users RENAME TO accounts;
CREATE VIEW users AS SELECT * FROM accounts; -- in the same migration; dropped a release later`,
  bad: "ALTER TABLE users RENAME TO accounts;",
  good: `ALTER TABLE users RENAME TO accounts;
CREATE VIEW users AS SELECT * FROM accounts;`,
  *statement({ node }, scope) {
    if (!("RenameStmt" in node) || node.RenameStmt.relation === undefined) return;
    const { renameType = "", relation, newname } = node.RenameStmt;
    if (!/^OBJECT_(TABLE|VIEW|MATVIEW|FOREIGN_TABLE)$/.test(renameType)) return;
    const name = relationName(relation);
    if (scope.isNew(name)) return;
    const hasView = scope.script.statements.some(({ node: other }) =>
      "ViewStmt" in other && other.ViewStmt.view !== undefined &&
      relationKey(relationName(other.ViewStmt.view)) === relationKey(name)
    );
    // Where another table takes its place, the name stays.
    const isReplaced = scope.script.statements.some(({ node: other }) =>
      "RenameStmt" in other && other.RenameStmt !== node.RenameStmt &&
      other.RenameStmt.newname === name.name && /TABLE|VIEW/.test(other.RenameStmt.renameType ?? "")
    );
    if (hasView || isReplaced) return;
    yield {
      message:
        `A release that uses ${
          relationLabel(name)
        } fails when it is ${newname}. Create a view with ` +
        "the old name in the same migration.",
      location: relation.location,
    };
  },
};

// Pure.
import { alterationsOf } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** The running release still reads the column. */
export const dropColumn: Rule = {
  code: "drop-column",
  family: "compatibility",
  severity: "error",
  title: "A column is dropped",
  why:
    "While the new release is rolled out, and after a rollback, the old one reads and writes the column " +
    "and fails. ORMs name every column that they know of. The values are gone.",
  recipe: `-- Release 1: the application stops to use the column. If it is NOT NULL:
ALTER TABLE users ALTER COLUMN nickname DROP NOT NULL;
-- Release 2:
-- migrator: lintIgnore: drop-column: unused since release 1
ALTER TABLE users DROP COLUMN nickname;`,
  bad: "ALTER TABLE users DROP COLUMN nickname;",
  good: "ALTER TABLE users ALTER COLUMN nickname DROP DEFAULT;",
  *statement({ node }, scope) {
    for (const { table, command: { subtype, name } } of alterationsOf(node)) {
      if (subtype !== "AT_DropColumn" || !scope.isLive(table)) continue;
      yield {
        message:
          `A release that still uses ${relationLabel(table)}.${name} fails from here on, and its ` +
          "values are gone.",
      };
    }
  },
};

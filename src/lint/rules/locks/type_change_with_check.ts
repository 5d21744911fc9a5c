// Pure.
import type { Node } from "@pgsql/types";
import { bareColumn, nodesIn } from "../../../sql/syntax_tree.ts";
import { alterationsOf } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** A CHECK of a column is verified again when its type changes. */
export const typeChangeWithCheck: Rule = {
  code: "type-change-with-check",
  family: "locks",
  severity: "warning",
  effect: "scan",
  title: "Changing the type of a column that a CHECK is about",
  why:
    "Even where the rows keep their form, PostgreSQL creates the CHECK anew and reads every row for it " +
    "under an ACCESS EXCLUSIVE lock.",
  recipe: `ALTER TABLE users DROP CONSTRAINT users_name_check;
ALTER TABLE users ALTER COLUMN name TYPE text;
ALTER TABLE users ADD CONSTRAINT users_name_check CHECK (name <> '') NOT VALID;
-- In the next migration:
ALTER TABLE users VALIDATE CONSTRAINT users_name_check;`,
  bad: `-- migration
CREATE TABLE users (name varchar(10), CONSTRAINT c CHECK (name <> ''));
-- migration
ALTER TABLE users ALTER COLUMN name TYPE text;`,
  good: `-- migration
CREATE TABLE users (name varchar(10), age integer CHECK (age > 0));
-- migration
ALTER TABLE users ALTER COLUMN name TYPE text;`,
  *statement({ node }, scope) {
    for (const { table, command: { subtype, name = "" } } of alterationsOf(node)) {
      if (subtype !== "AT_AlterColumnType" || !scope.isLive(table)) continue;
      const check = scope.schema.table(table)?.constraints.find(({ type, isValid, definition }) =>
        type === "CONSTR_CHECK" && isValid && mentions(definition.raw_expr, name)
      );
      if (check === undefined) continue;
      yield {
        message: `The CHECK ${check.name ?? "of the column"} is verified again: every row of ` +
          `${relationLabel(table)} is read under an ACCESS EXCLUSIVE lock.`,
      };
    }
  },
};

function mentions(expression: Node | undefined, column: string): boolean {
  return [...nodesIn(expression)].some((node) => bareColumn(node) === column);
}

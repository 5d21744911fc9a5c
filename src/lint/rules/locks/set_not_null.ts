// Pure.
import { bareColumn, conjuncts } from "../../../sql/syntax_tree.ts";
import { alterationsOf, newConstraints } from "../../model/alteration.ts";
import type { KnownTable } from "../../model/known_schema.ts";
import { relationLabel, type RelationName } from "../../model/relation_name.ts";
import type { Problem, Rule } from "../../model/rule.ts";

/** SET NOT NULL reads every row under ACCESS EXCLUSIVE. */
export const setNotNull: Rule = {
  code: "set-not-null",
  family: "locks",
  severity: "error",
  effect: "scan",
  title: "SET NOT NULL without a CHECK that proves it",
  why:
    "It reads every row under an ACCESS EXCLUSIVE lock: nobody can read or write the table meanwhile. " +
    "If a validated CHECK (column IS NOT NULL) is there, PostgreSQL 12 and newer read nothing.",
  recipe: `ALTER TABLE users ADD CONSTRAINT users_email_not_null
  CHECK (email IS NOT NULL) NOT VALID;
-- In the next migration:
ALTER TABLE users VALIDATE CONSTRAINT users_email_not_null;
-- In the one after that:
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT users_email_not_null;

-- From PostgreSQL 18 on:
ALTER TABLE users ADD CONSTRAINT users_email_not_null NOT NULL email NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT users_email_not_null; -- in the next migration`,
  bad: "ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
  good:
    "ALTER TABLE users ADD CONSTRAINT users_email_not_null CHECK (email IS NOT NULL) NOT VALID;",
  *statement({ node }, scope) {
    const problem = (table: RelationName, column: string): Problem => ({
      message:
        `Nobody can read or write ${
          relationLabel(table)
        } until every row's ${column} is checked. ` +
        "Prove it with a validated CHECK before.",
    });
    for (const { table, command: { subtype, name = "" } } of alterationsOf(node)) {
      if (subtype !== "AT_SetNotNull" || !scope.isLive(table)) continue;
      const known = scope.schema.table(table);
      if (known?.columns.get(name)?.notNull || isProved(known, name)) continue;
      yield problem(table, name);
    }
    for (const { table, constraint, with: with_, columns: [column = ""] } of newConstraints(node)) {
      if (with_ !== "alter" || constraint.contype !== "CONSTR_NOTNULL") continue;
      if (constraint.skip_validation || !scope.isLive(table)) continue;
      if (!isProved(scope.schema.table(table), column)) yield problem(table, column);
    }
  },
};

function isProved(table: KnownTable | undefined, column: string): boolean {
  return (table?.constraints ?? []).some(({ type, isValid, definition }) =>
    type === "CONSTR_CHECK" && isValid &&
    conjuncts(definition.raw_expr).some((one) =>
      "NullTest" in one && one.NullTest.nulltesttype === "IS_NOT_NULL" &&
      bareColumn(one.NullTest.arg) === column
    )
  );
}

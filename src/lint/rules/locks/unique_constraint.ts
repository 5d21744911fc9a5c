// Pure.
import { constraintsThatBuild } from "../../model/index_building_constraint.ts";
import type { Rule } from "../../model/rule.ts";

/** UNIQUE builds an index under ACCESS EXCLUSIVE. */
export const uniqueConstraint: Rule = {
  code: "unique-constraint",
  family: "locks",
  severity: "error",
  effect: "index",
  title: "A UNIQUE constraint is added without a ready index",
  why:
    "It builds an index under an ACCESS EXCLUSIVE lock: nobody can read or write the table until it is " +
    "done. An index that was built concurrently becomes the constraint at once.",
  recipe: `CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email);
-- In the next migration:
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;`,
  bad: "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);",
  good: "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;",
  statement: ({ node }, scope) =>
    constraintsThatBuild(node, scope, { type: "CONSTR_UNIQUE", word: "constraint" }),
};

// Pure.
import { constraintsThatBuild } from "../../model/index_building_constraint.ts";
import type { Rule } from "../../model/rule.ts";

/** PRIMARY KEY builds an index under ACCESS EXCLUSIVE. */
export const primaryKeyConstraint: Rule = {
  code: "primary-key-constraint",
  family: "locks",
  severity: "error",
  effect: "index",
  title: "A primary key is added without a ready index",
  why:
    "It builds an index, and looks for NULLs, under an ACCESS EXCLUSIVE lock: nobody can read or write " +
    "the table until it is done.",
  recipe: `-- Make the column NOT NULL first: see the rule set-not-null.
CREATE UNIQUE INDEX CONCURRENTLY users_pkey ON users (id);
-- In the next migration:
ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_pkey;`,
  bad: "ALTER TABLE users ADD PRIMARY KEY (id);",
  good: `CREATE TABLE users (id bigint NOT NULL);
ALTER TABLE users ADD PRIMARY KEY (id);`,
  statement: ({ node }, scope) =>
    constraintsThatBuild(node, scope, { type: "CONSTR_PRIMARY", word: "key" }),
};

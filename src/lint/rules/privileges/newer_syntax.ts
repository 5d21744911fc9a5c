// Pure.
import type { Rule } from "../../model/rule.ts";
import { featuresOf } from "../../model/server_features.ts";

/** Syntax that the oldest server does not know. */
export const newerSyntax: Rule = {
  code: "newer-syntax",
  family: "privileges",
  severity: "error",
  title: "The oldest supported PostgreSQL does not know this",
  why:
    "serverVersion in migrator.yaml says which releases the product supports. A statement that only newer " +
    "ones understand fails on the customer's server.",
  recipe: `# migrator.yaml, when the older releases are given up:
# serverVersion: ">=15"`,
  bad: "CREATE TABLE t (id bigint PRIMARY KEY, a text, UNIQUE NULLS NOT DISTINCT (a));",
  good: "CREATE TABLE t (id bigint PRIMARY KEY, a text, UNIQUE (a));",
  *statement({ node, within }, { oldest, schema }) {
    if (within === undefined && "DoStmt" in node) return;
    for (const { since, name } of featuresOf(node, schema)) {
      if (since <= oldest) continue;
      yield { message: `${name} needs PostgreSQL ${since}, and the project supports ${oldest}.` };
    }
  },
};

// Pure.
import type { Rule } from "../../model/rule.ts";

/** A name without a schema means what the search_path says. */
export const unqualifiedName: Rule = {
  code: "unqualified-name",
  family: "privileges",
  severity: "off",
  title: "A table is named without its schema",
  why: "Which table it is depends on the search_path of the migrating role.",
  recipe: "CREATE TABLE app.users (id bigint PRIMARY KEY);",
  bad: "CREATE TABLE users (id bigint PRIMARY KEY);",
  good: "CREATE TABLE app.users (id bigint PRIMARY KEY);",
  *statement({ node }) {
    const relation = "CreateStmt" in node
      ? node.CreateStmt.relation
      : "AlterTableStmt" in node
      ? node.AlterTableStmt.relation
      : "IndexStmt" in node
      ? node.IndexStmt.relation
      : undefined;
    if (
      relation === undefined || relation.schemaname !== undefined || relation.relpersistence === "t"
    ) return;
    yield {
      message: `Which ${relation.relname} is meant depends on the search_path.`,
      location: relation.location,
    };
  },
};

// Pure.
import type { Rule } from "../../model/rule.ts";

/** Rows that a crash may take. */
export const unloggedTable: Rule = {
  code: "unlogged-table",
  family: "data",
  severity: "warning",
  title: "An UNLOGGED table",
  why: "A crash empties it, replicas do not have it, and a backup by WAL does not restore it.",
  recipe: "CREATE TABLE sessions (id bigint PRIMARY KEY);",
  bad: "CREATE UNLOGGED TABLE sessions (id bigint PRIMARY KEY);",
  good: "CREATE TABLE sessions (id bigint PRIMARY KEY);",
  *statement({ node }) {
    if (!("CreateStmt" in node) || node.CreateStmt.relation?.relpersistence !== "u") return;
    yield {
      message: "A crash of the server empties it.",
      location: node.CreateStmt.relation.location,
    };
  },
};

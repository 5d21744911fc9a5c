// Pure.
import type { Rule } from "../../model/rule.ts";

/** Enum values cannot be removed. */
export const enumType: Rule = {
  code: "enum-type",
  family: "design",
  severity: "off",
  title: "An enum is created",
  why:
    "PostgreSQL cannot remove a value of an enum. A table of values, or a CHECK, can be changed freely.",
  recipe: "status text CHECK (status IN ('new', 'done'))",
  bad: "CREATE TYPE status AS ENUM ('new', 'done');",
  good: "CREATE TABLE statuses (name text PRIMARY KEY);",
  *statement({ node }) {
    if ("CreateEnumStmt" in node) {
      yield { message: "Its values can be added and renamed, but not removed." };
    }
  },
};

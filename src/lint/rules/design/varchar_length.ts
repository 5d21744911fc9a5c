// Pure.
import { newColumns } from "../../model/alteration.ts";
import type { Rule } from "../../model/rule.ts";

/** The length of a varchar is hard to change. */
export const varcharLength: Rule = {
  code: "varchar-length",
  family: "design",
  severity: "off",
  title: "A column of type varchar(n)",
  why:
    "Making it shorter rewrites the table. A CHECK can be changed without that, and text is as fast.",
  recipe: "name text CHECK (length(name) <= 100)",
  bad: "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100));",
  good: "CREATE TABLE users (id bigint PRIMARY KEY, name text);",
  *statement({ node }) {
    for (const { name, type, definition } of newColumns(node)) {
      if (type.name !== "varchar" || type.modifiers.length === 0) continue;
      yield {
        message: `${name}: text with a CHECK is easier to change.`,
        location: definition.location,
      };
    }
  },
};

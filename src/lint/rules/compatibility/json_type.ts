// Pure.
import { newColumns } from "../../model/alteration.ts";
import type { Rule } from "../../model/rule.ts";

/** json has no equality. */
export const jsonType: Rule = {
  code: "json-type",
  family: "compatibility",
  severity: "warning",
  title: "A column of type json",
  why:
    "It has no equality operator: SELECT DISTINCT, UNION and GROUP BY over all columns of the table fail " +
    "from the moment that the column is there. jsonb has one, and can be indexed.",
  recipe: "data jsonb",
  bad: "ALTER TABLE users ADD COLUMN data json;",
  good: "ALTER TABLE users ADD COLUMN data jsonb;",
  *statement({ node }) {
    for (const { name, type, definition } of newColumns(node)) {
      if (type.name !== "json") continue;
      yield {
        message: `SELECT DISTINCT fails with ${name} in it. Use jsonb.`,
        location: definition.location,
      };
    }
  },
};

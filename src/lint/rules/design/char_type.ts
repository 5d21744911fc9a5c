// Pure.
import { newColumns } from "../../model/alteration.ts";
import type { Rule } from "../../model/rule.ts";

/** char(n) pads with blanks. */
export const charType: Rule = {
  code: "char-type",
  family: "design",
  severity: "warning",
  title: "A column of type char(n)",
  why:
    "PostgreSQL pads its values with blanks and ignores them in comparisons, which surprises, and it is " +
    "neither smaller nor faster than text.",
  recipe: "code text CHECK (length(code) = 2)",
  bad: "CREATE TABLE countries (id bigint PRIMARY KEY, code char(2));",
  good: "CREATE TABLE countries (id bigint PRIMARY KEY, code text CHECK (length(code) = 2));",
  *statement({ node }) {
    for (const { name, type, definition } of newColumns(node)) {
      if (type.name !== "bpchar") continue;
      yield {
        message: `${name} pads its values with blanks. Use text.`,
        location: definition.location,
      };
    }
  },
};

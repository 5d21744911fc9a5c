// Pure.
import { newColumns } from "../../model/alteration.ts";
import { SERIAL_TYPES } from "../../model/column_type.ts";
import type { Rule } from "../../model/rule.ts";

/** serial is an old way to an identity column. */
export const serialType: Rule = {
  code: "serial-type",
  family: "design",
  severity: "info",
  title: "A column of type serial",
  why:
    "Its sequence is an object of its own: rights on it must be granted, it is not copied with LIKE, and " +
    "anybody may write other numbers. An identity column has none of that, and is standard SQL.",
  recipe: "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
  bad: "CREATE TABLE users (id bigserial PRIMARY KEY);",
  good: "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);",
  *statement({ node }) {
    for (const { name, type, definition, isNewTable } of newColumns(node)) {
      if (!isNewTable || !SERIAL_TYPES.includes(type.name)) continue;
      yield {
        message: `${name}: use GENERATED ALWAYS AS IDENTITY.`,
        location: definition.location,
      };
    }
  },
};

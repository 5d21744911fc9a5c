// Pure.
import { hasConstraint, newColumns, newConstraints } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Keys run out. */
export const integerKey: Rule = {
  code: "integer-key",
  family: "design",
  severity: "warning",
  title: "A primary key of type integer or smallint",
  why:
    "integer ends at 2,147,483,647. When it is used up, every INSERT fails, and the change to bigint " +
    "rewrites the table and all that references it.",
  recipe: "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
  bad: "CREATE TABLE users (id serial PRIMARY KEY);",
  good: "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);",
  *statement({ node }) {
    const keys = newConstraints(node).filter(({ constraint, with: with_ }) =>
      constraint.contype === "CONSTR_PRIMARY" && with_ !== "alter"
    );
    for (const column of newColumns(node)) {
      // A key of several columns, or of another table's number, does not run out by itself.
      const isKey = keys.some(({ columns }) => columns.length === 1 && columns[0] === column.name);
      if (!isKey || !/^(int4|int2|serial|serial4|smallserial|serial2)$/.test(column.type.name)) {
        continue;
      }
      if (hasConstraint(column, "CONSTR_FOREIGN")) continue;
      yield {
        message: `${relationLabel(column.table)}.${column.name} runs out of numbers. Use bigint.`,
        location: column.definition.location,
      };
    }
  },
};

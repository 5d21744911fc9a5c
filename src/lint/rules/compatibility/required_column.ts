// Pure.
import { hasConstraint, newColumns } from "../../model/alteration.ts";
import { SERIAL_TYPES } from "../../model/column_type.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** The running release does not write the column. */
export const requiredColumn: Rule = {
  code: "required-column",
  family: "compatibility",
  severity: "error",
  title: "A NOT NULL column without a default is added",
  why:
    "PostgreSQL refuses it where the table has rows. Where it has none, each INSERT of the running release " +
    "fails, because that does not write the column.",
  recipe: `ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'en';
-- or a column that may be NULL, and NOT NULL a release later: see set-not-null`,
  bad: "ALTER TABLE users ADD COLUMN locale text NOT NULL;",
  good: "ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'en';",
  *statement({ node }, scope) {
    for (const column of newColumns(node)) {
      if (column.isNewTable || !scope.isLive(column.table)) continue;
      if (!hasConstraint(column, "CONSTR_NOTNULL", "CONSTR_PRIMARY")) continue;
      if (hasConstraint(column, "CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED")) continue;
      if (SERIAL_TYPES.includes(column.type.name)) continue;
      yield {
        message:
          `Where ${relationLabel(column.table)} has rows this fails; elsewhere each INSERT of a ` +
          `release that does not write ${column.name} fails.`,
        location: column.definition.location,
      };
    }
  },
};

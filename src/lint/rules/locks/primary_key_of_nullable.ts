// Pure.
import { newConstraints } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** PRIMARY KEY USING INDEX sets its columns NOT NULL. */
export const primaryKeyOfNullable: Rule = {
  code: "primary-key-of-nullable",
  family: "locks",
  severity: "warning",
  effect: "scan",
  title: "PRIMARY KEY USING INDEX of columns that may be NULL",
  why:
    "It makes the columns NOT NULL, and reads every row under an ACCESS EXCLUSIVE lock to see that it " +
    "may. If they are NOT NULL already, it only changes the catalog.",
  recipe: `ALTER TABLE users ADD CONSTRAINT users_id_not_null CHECK (id IS NOT NULL) NOT VALID;
-- In the next migrations:
ALTER TABLE users VALIDATE CONSTRAINT users_id_not_null;
ALTER TABLE users ALTER COLUMN id SET NOT NULL, DROP CONSTRAINT users_id_not_null;
ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_pkey;`,
  bad: "ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_id;",
  good: "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;",
  *statement({ node }, scope) {
    for (const { constraint, table } of newConstraints(node)) {
      const { contype, indexname, location } = constraint;
      if (contype !== "CONSTR_PRIMARY" || indexname === undefined || !scope.isLive(table)) continue;
      const index = scope.schema.index({ ...table, name: indexname });
      const columns = scope.schema.table(table)?.columns;
      const isSure = index?.columns.every((one) => one !== undefined && columns?.get(one)?.notNull);
      if (isSure) continue;
      yield {
        message:
          `If a column of ${indexname} may be NULL, every row of ${relationLabel(table)} is read ` +
          "under an ACCESS EXCLUSIVE lock. Set the columns NOT NULL before.",
        location,
      };
    }
  },
};

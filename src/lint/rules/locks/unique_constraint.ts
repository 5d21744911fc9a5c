// Pure.
import { newConstraints } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** UNIQUE builds an index under ACCESS EXCLUSIVE. */
export const uniqueConstraint: Rule = {
  code: "unique-constraint",
  family: "locks",
  severity: "error",
  effect: "index",
  title: "A UNIQUE constraint is added without a ready index",
  why:
    "It builds an index under an ACCESS EXCLUSIVE lock: nobody can read or write the table until it is " +
    "done. An index that was built concurrently becomes the constraint at once.",
  recipe: `CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email);
-- In the next migration:
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;`,
  bad: "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);",
  good: "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;",
  *statement({ node }, scope) {
    for (const { constraint, table, with: with_ } of newConstraints(node)) {
      if (constraint.contype !== "CONSTR_UNIQUE" || constraint.indexname !== undefined) continue;
      if (with_ === "create" || !scope.isLive(table)) continue;
      yield {
        message:
          `Nobody can read or write ${
            relationLabel(table)
          } until the index is built. Build a unique ` +
          "index concurrently, and add the constraint USING INDEX.",
        location: constraint.location,
      };
    }
  },
};

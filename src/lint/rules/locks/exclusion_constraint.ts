// Pure.
import { newConstraints } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** There is no concurrent way to an exclusion constraint. */
export const exclusionConstraint: Rule = {
  code: "exclusion-constraint",
  family: "locks",
  severity: "warning",
  effect: "index",
  title: "An exclusion constraint is added to a table in use",
  why:
    "It builds an index under an ACCESS EXCLUSIVE lock, and PostgreSQL has no concurrent way to do it.",
  recipe:
    `-- Create a new table with the constraint, copy the rows with a batched migration, and switch.
CREATE TABLE bookings_new (
  LIKE bookings INCLUDING ALL,
  EXCLUDE USING gist (room WITH =, during WITH &&)
);`,
  bad: "ALTER TABLE bookings ADD CONSTRAINT e EXCLUDE USING gist (during WITH &&);",
  good:
    "CREATE TABLE bookings (id bigint PRIMARY KEY, during tstzrange, EXCLUDE USING gist (during WITH &&));",
  *statement({ node }, scope) {
    for (const { constraint, table, with: with_ } of newConstraints(node)) {
      if (constraint.contype !== "CONSTR_EXCLUSION" || with_ === "create") continue;
      if (!scope.isLive(table)) continue;
      yield {
        message: `Nobody can read or write ${relationLabel(table)} until its index is built.`,
        location: constraint.location,
      };
    }
  },
};

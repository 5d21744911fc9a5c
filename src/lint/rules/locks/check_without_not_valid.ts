// Pure.
import { newConstraints } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** A CHECK that is validated at once. */
export const checkWithoutNotValid: Rule = {
  code: "check-without-not-valid",
  family: "locks",
  severity: "error",
  effect: "scan",
  title: "A CHECK constraint is added and validated in one step",
  why:
    "It reads every row under an ACCESS EXCLUSIVE lock: nobody can read or write the table meanwhile. " +
    "VALIDATE CONSTRAINT does the same under a lock that reads and writes can live with.",
  recipe: `ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;
-- In the next migration:
ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check;`,
  bad: "ALTER TABLE orders ADD CONSTRAINT c CHECK (total >= 0);",
  good: "ALTER TABLE orders ADD CONSTRAINT c CHECK (total >= 0) NOT VALID;",
  *statement({ node }, scope) {
    for (const { constraint, table, with: with_ } of newConstraints(node)) {
      if (constraint.contype !== "CONSTR_CHECK" || constraint.skip_validation) continue;
      if (with_ === "create" || !scope.isLive(table)) continue;
      yield {
        message:
          `Nobody can read or write ${
            relationLabel(table)
          } until every row is checked. Add it NOT ` +
          "VALID, and validate it in the next migration.",
        location: constraint.location,
      };
    }
  },
};

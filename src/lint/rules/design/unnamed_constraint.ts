// Pure.
import { newConstraints } from "../../model/alteration.ts";
import type { Rule } from "../../model/rule.ts";

/** A constraint that only the server has named. */
export const unnamedConstraint: Rule = {
  code: "unnamed-constraint",
  family: "design",
  severity: "off",
  title: "A constraint without a name is added",
  why: "The server makes a name of its own, which a later migration must guess to drop it.",
  recipe: "ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;",
  bad: "ALTER TABLE orders ADD CHECK (total >= 0) NOT VALID;",
  good: "ALTER TABLE orders ADD CONSTRAINT c CHECK (total >= 0) NOT VALID;",
  *statement({ node }) {
    for (const { with: with_, constraint } of newConstraints(node)) {
      if (with_ !== "alter" || constraint.conname !== undefined) continue;
      yield { message: "Name it: CONSTRAINT name.", location: constraint.location };
    }
  },
};

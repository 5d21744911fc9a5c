// Pure.
import type { Rule } from "../../model/rule.ts";

/** A new value sorts last unless it says otherwise. */
export const enumValueOrder: Rule = {
  code: "enum-value-order",
  family: "design",
  severity: "off",
  title: "ADD VALUE without BEFORE or AFTER",
  why: "The value sorts behind all others. Comparisons and ORDER BY follow that order.",
  recipe: "ALTER TYPE status ADD VALUE 'paused' AFTER 'new';",
  bad: "ALTER TYPE status ADD VALUE 'paused';",
  good: "ALTER TYPE status ADD VALUE 'paused' AFTER 'new';",
  *statement({ node }) {
    if (!("AlterEnumStmt" in node) || node.AlterEnumStmt.oldVal !== undefined) return;
    const { newValNeighbor, newVal } = node.AlterEnumStmt;
    if (newValNeighbor === undefined) {
      yield { message: `'${newVal}' sorts last. Say AFTER which value.` };
    }
  },
};

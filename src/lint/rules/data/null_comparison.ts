// Pure.
import { nodesIn } from "../../../sql/syntax_tree.ts";
import { textsOf } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** NULL is equal to nothing. */
export const nullComparison: Rule = {
  code: "null-comparison",
  family: "data",
  severity: "error",
  title: "A comparison with NULL",
  why: "= NULL and <> NULL are never true: the condition selects no rows.",
  recipe: "DELETE FROM users WHERE id = 1 AND email IS NULL;",
  bad: "DELETE FROM users WHERE email = NULL;",
  good: "DELETE FROM users WHERE id = 1 AND email IS NULL;",
  *statement({ node, within }) {
    if (within === undefined && "DoStmt" in node) return;
    for (const one of nodesIn(node)) {
      if (!("A_Expr" in one) || one.A_Expr.kind !== "AEXPR_OP") continue;
      const { name, rexpr, location } = one.A_Expr;
      const operator = textsOf(name).at(-1) ?? "";
      if (!/^(=|<>|!=)$/.test(operator) || rexpr === undefined || !("A_Const" in rexpr)) continue;
      if (!rexpr.A_Const.isnull) continue;
      yield { message: `${operator} NULL is never true. Write IS NULL or IS NOT NULL.`, location };
    }
  },
};

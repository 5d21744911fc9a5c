// Pure.
import { relationLabel, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Rules that rewrite queries lock their table. */
export const createRule: Rule = {
  code: "create-rule",
  family: "locks",
  severity: "warning",
  title: "CREATE RULE on a table in use",
  why:
    "It takes an ACCESS EXCLUSIVE lock, and it changes what every query of the table means: a rule " +
    "rewrites queries, and evaluates volatile expressions more than once. A trigger is easier to reason " +
    "about.",
  recipe: "CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();",
  bad: "CREATE RULE r AS ON INSERT TO orders DO ALSO NOTIFY orders;",
  good: "CREATE RULE r AS ON INSERT TO pg_temp.orders DO ALSO NOTIFY orders;",
  *statement({ node }, scope) {
    if (!("RuleStmt" in node) || node.RuleStmt.relation === undefined) return;
    const table = relationName(node.RuleStmt.relation);
    if (scope.isView(table) || !scope.isLive(table)) return;
    yield {
      message: `Every query of ${relationLabel(table)} is rewritten by ${node.RuleStmt.rulename}.`,
    };
  },
};

// Pure.
import { nodesIn } from "../../../sql/syntax_tree.ts";
import { newConstraints } from "../../model/alteration.ts";
import { textsOf } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** A CHECK that may change its mind. */
export const volatileCheck: Rule = {
  code: "volatile-check",
  family: "design",
  severity: "warning",
  title: "A CHECK that depends on more than its row",
  why:
    "PostgreSQL evaluates a CHECK when a row is written, and never again. One that depends on the time or " +
    "on other tables is true then and false later: a dump of the database cannot be restored.",
  recipe: "-- A trigger, or a check by the application.",
  bad: "CREATE TABLE offers (id bigint PRIMARY KEY, ends date CHECK (ends > current_date));",
  good:
    "CREATE TABLE offers (id bigint PRIMARY KEY, starts date, ends date CHECK (ends > starts));",
  *statement({ node }) {
    for (const { constraint } of newConstraints(node)) {
      if (constraint.contype !== "CONSTR_CHECK") continue;
      const isTime = [...nodesIn(constraint.raw_expr)].some((one) =>
        "SQLValueFunction" in one ||
        ("FuncCall" in one &&
          /^(now|random|clock_timestamp|statement_timestamp)$/.test(
            textsOf(one.FuncCall.funcname).at(-1) ?? "",
          ))
      );
      if (isTime) {
        yield {
          message: "It is true of a row only when that is written.",
          location: constraint.location,
        };
      }
    }
  },
};

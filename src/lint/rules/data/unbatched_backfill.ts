// Pure.
import type { Node } from "@pgsql/types";
import { bareColumn, conjuncts, relationsIn } from "../../../sql/syntax_tree.ts";
import { conditionOf, writtenTable } from "../../model/alteration.ts";
import { relationName, textsOf } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Many rows are changed in one transaction. */
export const unbatchedBackfill: Rule = {
  code: "unbatched-backfill",
  family: "data",
  severity: "warning",
  title: "Rows of a table in use are changed in one transaction",
  why:
    "As many rows as the condition selects are locked until the transaction ends. In a large table that " +
    "takes minutes, in which writers of these rows wait, and vacuum cannot clean up.",
  recipe: "-- A batched migration: background/NAME.yaml, with the condition batch() in its WHERE.",
  bad: "UPDATE users SET locale = 'en' WHERE locale IS NULL;",
  good: "UPDATE users SET locale = 'en' WHERE id = 42;",
  *statement({ node }, scope) {
    const relation = writtenTable(node);
    if (relation === undefined || !scope.isLive(relationName(relation))) return;
    const where = conditionOf(node);
    const copies = "InsertStmt" in node && relationsIn(node.InsertStmt.selectStmt)
      .some((one) => scope.isLive(relationName(one)));
    const isMerge = "MergeStmt" in node;
    if (!copies && !isMerge && (where === undefined || conjuncts(where).some(selectsOne))) return;
    yield {
      message:
        `All the rows that it ${
          copies ? "copies" : "changes"
        } are one transaction. If they are many, ` +
        "use a batched migration.",
      location: relation.location,
    };
  },
};

/** Compares a column with constants: by the look of it, a few rows that the author knows. */
function selectsOne(condition: Node): boolean {
  if (!("A_Expr" in condition)) return false;
  const { name, lexpr, rexpr } = condition.A_Expr;
  if (textsOf(name).at(-1) !== "=") return false;
  const column = bareColumn(lexpr) ?? "";
  const values = rexpr !== undefined && "List" in rexpr ? rexpr.List.items ?? [] : [rexpr];
  const isConstant = values.every((value) => value !== undefined && "A_Const" in value);
  return isConstant && !/^(status|state|type|kind|is_|has_)|(_status|_state|_type)$/.test(column) &&
    !values.some((value) => value !== undefined && "A_Const" in value && value.A_Const.boolval);
}

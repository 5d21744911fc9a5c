// Pure.
import { conditionOf, writtenTable } from "../../model/alteration.ts";
import { relationLabel, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** A change of all rows in one transaction. */
export const changeWithoutWhere: Rule = {
  code: "change-without-where",
  family: "data",
  severity: "error",
  title: "UPDATE or DELETE of every row",
  why:
    "All rows are locked until the transaction ends, and every one leaves a dead row behind: the table " +
    "grows to twice its size, replicas lag, and writers of any row wait. DELETE of all rows may also be a " +
    "forgotten WHERE.",
  recipe: `-- background/fill_locale.yaml: a batched migration changes them in small transactions.
-- table: users
-- sql: UPDATE users SET locale = 'en' WHERE batch() AND locale IS NULL`,
  bad: "UPDATE users SET locale = 'en';",
  good: "UPDATE users SET locale = 'en' WHERE id = 1;",
  *statement({ node }, scope) {
    const relation = writtenTable(node);
    if (relation === undefined || !scope.isLive(relationName(relation))) return;
    if (!("UpdateStmt" in node || "DeleteStmt" in node) || conditionOf(node) !== undefined) return;
    const word = "UpdateStmt" in node ? "changes" : "deletes";
    yield {
      message: `It ${word} every row of ${
        relationLabel(relationName(relation))
      } in one transaction.`,
      location: relation.location,
    };
  },
};

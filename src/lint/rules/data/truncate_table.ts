// Pure.
import { relationLabel, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** All rows are gone. */
export const truncateTable: Rule = {
  code: "truncate-table",
  family: "data",
  severity: "error",
  title: "TRUNCATE",
  why:
    "All rows are gone, under an ACCESS EXCLUSIVE lock. With CASCADE, so are those of every table that " +
    "references it.",
  recipe: "-- Delete the rows that are meant, in batches, and say which.",
  bad: "TRUNCATE orders;",
  good: "DELETE FROM orders WHERE id = 1;",
  *statement({ node }, { isLive }) {
    if (!("TruncateStmt" in node)) return;
    for (const one of node.TruncateStmt.relations ?? []) {
      if (!("RangeVar" in one) || !isLive(relationName(one.RangeVar))) continue;
      const more = node.TruncateStmt.behavior === "DROP_CASCADE"
        ? ", and those of every table that references it"
        : "";
      yield {
        message: `All rows of ${relationLabel(relationName(one.RangeVar))} are gone${more}.`,
        location: one.RangeVar.location,
      };
    }
  },
};

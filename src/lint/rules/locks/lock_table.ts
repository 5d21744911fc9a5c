// Pure.
import { relationLabel, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** LOCK TABLE in a mode that stops writers. */
export const lockTable: Rule = {
  code: "lock-table",
  family: "locks",
  severity: "warning",
  title: "LOCK TABLE in a mode that others wait for",
  why: "The lock is held until the migration's transaction ends. Everything behind it waits.",
  recipe: "-- Let the statements take the locks that they need.",
  bad: "LOCK TABLE orders;",
  good: "LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE;",
  *statement({ node }, scope) {
    if (!("LockStmt" in node) || (node.LockStmt.mode ?? 0) < SHARE) return;
    for (const one of node.LockStmt.relations ?? []) {
      if (!("RangeVar" in one)) continue;
      const table = relationName(one.RangeVar);
      if (!scope.isLive(table)) continue;
      yield {
        message: `Others wait for ${relationLabel(table)} until the migration ends.`,
        location: one.RangeVar.location,
      };
    }
  },
};

/** The number of SHARE, the weakest mode that stops writers. */
const SHARE = 5;

// Pure.
import { alterationsOf } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** DETACH PARTITION takes ACCESS EXCLUSIVE of the parent. */
export const detachNotConcurrent: Rule = {
  code: "detach-not-concurrent",
  family: "locks",
  severity: "warning",
  title: "DETACH PARTITION without CONCURRENTLY",
  why:
    "It takes an ACCESS EXCLUSIVE lock of the partitioned table, and so of all its rows. CONCURRENTLY " +
    "(since PostgreSQL 14) takes SHARE UPDATE EXCLUSIVE; it is not possible beside a default partition.",
  recipe: "ALTER TABLE orders DETACH PARTITION orders_2019 CONCURRENTLY;",
  bad: "ALTER TABLE orders DETACH PARTITION orders_2019;",
  good: "ALTER TABLE orders DETACH PARTITION orders_2019 CONCURRENTLY;",
  *statement({ node }, scope) {
    for (const { table, command: { subtype, def } } of alterationsOf(node)) {
      if (subtype !== "AT_DetachPartition" || def === undefined || !("PartitionCmd" in def)) {
        continue;
      }
      if (def.PartitionCmd.concurrent || !scope.isLive(table)) continue;
      yield {
        message: `Every query of ${relationLabel(table)} waits for this` +
          (scope.oldest < 14
            ? "; PostgreSQL 13, which the project supports, has no other way."
            : ". Detach the partition with CONCURRENTLY."),
      };
    }
  },
};

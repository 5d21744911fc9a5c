// Pure.
import { relationLabel, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** CREATE INDEX holds a SHARE lock while it builds. */
export const indexNotConcurrent: Rule = {
  code: "index-not-concurrent",
  family: "locks",
  severity: "error",
  effect: "index",
  title: "CREATE INDEX without CONCURRENTLY",
  why:
    "It takes a SHARE lock of the table and holds it until the index is built: every INSERT, UPDATE " +
    "and DELETE waits that long. CONCURRENTLY takes a lock that writes can live with.",
  recipe: `-- In a migration of its own, so that a failed build can be repeated by itself:
CREATE INDEX CONCURRENTLY orders_user_id ON orders (user_id);

-- A partitioned table: the parent first, then each partition.
CREATE INDEX orders_user_id ON ONLY orders (user_id);
CREATE INDEX CONCURRENTLY orders_2026_user_id ON orders_2026 (user_id);
ALTER INDEX orders_user_id ATTACH PARTITION orders_2026_user_id;`,
  bad: "CREATE INDEX orders_user_id ON orders (user_id);",
  good: "CREATE INDEX CONCURRENTLY orders_user_id ON orders (user_id);",
  *statement({ node }, scope) {
    if (!("IndexStmt" in node)) return;
    const { relation, concurrent } = node.IndexStmt;
    // ON ONLY a partitioned table builds nothing.
    if (relation === undefined || concurrent || relation.inh !== true) return;
    const table = relationName(relation);
    if (!scope.isLive(table)) return;
    const advice = scope.schema.table(table)?.kind === "partitioned"
      ? "A partitioned table takes no CONCURRENTLY: create the index ON ONLY it, build one on each " +
        "partition concurrently, and attach them."
      : "Build it with CONCURRENTLY.";
    yield {
      message: `Writes to ${relationLabel(table)} wait until the index is built. ${advice}`,
      location: relation.location,
    };
  },
};

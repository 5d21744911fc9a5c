// Pure.
import { relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** REINDEX blocks writes, and reads by the index. */
export const reindexNotConcurrent: Rule = {
  code: "reindex-not-concurrent",
  family: "locks",
  severity: "error",
  title: "REINDEX without CONCURRENTLY",
  why:
    "It blocks writes to the table, and every query that would read the index, until the new index is " +
    "built.",
  recipe: "REINDEX INDEX CONCURRENTLY orders_user_id;",
  bad: "REINDEX INDEX orders_user_id;",
  good: "REINDEX INDEX CONCURRENTLY orders_user_id;",
  *statement({ node }, scope) {
    if (!("ReindexStmt" in node)) return;
    const { relation, kind, params = [] } = node.ReindexStmt;
    if (params.some((one) => "DefElem" in one && one.DefElem.defname === "concurrently")) return;
    if (relation !== undefined) {
      const name = relationName(relation);
      const table = kind === "REINDEX_OBJECT_INDEX" ? scope.schema.index(name)?.table : name;
      if (table !== undefined && !scope.isLive(table)) return;
    }
    yield {
      message: "Writes to the table, and reads by the index, wait until the index is built anew. " +
        "Use REINDEX ... CONCURRENTLY.",
    };
  },
};

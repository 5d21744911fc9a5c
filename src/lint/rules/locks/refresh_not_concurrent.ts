// Pure.
import { relationLabel, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** REFRESH MATERIALIZED VIEW takes ACCESS EXCLUSIVE. */
export const refreshNotConcurrent: Rule = {
  code: "refresh-not-concurrent",
  family: "locks",
  severity: "error",
  title: "REFRESH MATERIALIZED VIEW without CONCURRENTLY",
  why:
    "It takes an ACCESS EXCLUSIVE lock of the view and holds it while the query runs: nobody can read " +
    "the view. CONCURRENTLY needs a unique index on all rows of the view, and lets readers in.",
  recipe: `CREATE UNIQUE INDEX daily_sales_day ON daily_sales (day); -- once
REFRESH MATERIALIZED VIEW CONCURRENTLY daily_sales;`,
  bad: "REFRESH MATERIALIZED VIEW daily_sales;",
  good: "REFRESH MATERIALIZED VIEW CONCURRENTLY daily_sales;",
  *statement({ node }, scope) {
    if (!("RefreshMatViewStmt" in node)) return;
    const { relation, concurrent, skipData } = node.RefreshMatViewStmt;
    if (relation === undefined || concurrent || skipData) return;
    const view = relationName(relation);
    if (!scope.isLive(view)) return;
    yield { message: `Nobody can read ${relationLabel(view)} while its query runs.` };
  },
};

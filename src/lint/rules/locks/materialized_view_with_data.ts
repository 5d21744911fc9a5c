// Pure.
import { relationsIn } from "../../../sql/syntax_tree.ts";
import { relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Creating a materialized view runs its query. */
export const materializedViewWithData: Rule = {
  code: "materialized-view-with-data",
  family: "locks",
  severity: "info",
  title: "CREATE MATERIALIZED VIEW runs its query in the migration",
  why: "The migration lasts as long as the query, and so does every lock that it has taken.",
  recipe: `CREATE MATERIALIZED VIEW daily_sales AS SELECT 1 AS day WITH NO DATA;
-- In the next migration, or by the application:
REFRESH MATERIALIZED VIEW daily_sales;`,
  bad: "CREATE MATERIALIZED VIEW v AS SELECT count(*) FROM orders;",
  good: "CREATE MATERIALIZED VIEW v AS SELECT count(*) FROM orders WITH NO DATA;",
  *statement({ node }, { isLive }) {
    if (!("CreateTableAsStmt" in node) || node.CreateTableAsStmt.objtype !== "OBJECT_MATVIEW") {
      return;
    }
    const { into, query } = node.CreateTableAsStmt;
    if (into?.skipData || !relationsIn(query).some((one) => isLive(relationName(one)))) return;
    yield { message: "The migration lasts as long as the view's query." };
  },
};

// Pure.
import { indexColumns } from "../../model/alteration.ts";
import type { Rule } from "../../model/rule.ts";

/** An index of many columns. */
export const wideIndex: Rule = {
  code: "wide-index",
  family: "design",
  severity: "info",
  title: "An index of more than three columns",
  why:
    "It is large, slows every write down, and queries rarely use its last columns. That does not hold for " +
    "unique indexes, which are there for their meaning.",
  recipe: "CREATE INDEX CONCURRENTLY orders_user_id_day ON orders (user_id, day);",
  bad: "CREATE INDEX CONCURRENTLY i ON orders (a, b, c, d);",
  good: "CREATE INDEX CONCURRENTLY i ON orders (a, b) INCLUDE (c, d);",
  *statement({ node }) {
    if (!("IndexStmt" in node) || node.IndexStmt.unique) return;
    const count = indexColumns(node.IndexStmt).length;
    if (count > MOST) yield { message: `It has ${count} columns: are the last ones needed?` };
  },
};

const MOST = 3;

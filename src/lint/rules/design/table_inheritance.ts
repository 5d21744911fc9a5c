// Pure.
import type { Rule } from "../../model/rule.ts";

/** Inheritance is not what partitions are. */
export const tableInheritance: Rule = {
  code: "table-inheritance",
  family: "design",
  severity: "warning",
  title: "A table inherits from another",
  why: "Unique constraints, primary keys and foreign keys do not reach over parent and children.",
  recipe:
    "CREATE TABLE events (id bigint, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);",
  bad: "CREATE TABLE events_2026 (PRIMARY KEY (id)) INHERITS (events);",
  good: "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM (1) TO (2);",
  *statement({ node }) {
    if (!("CreateStmt" in node)) return;
    const { inhRelations = [], partbound } = node.CreateStmt;
    if (inhRelations.length > 0 && partbound === undefined) {
      yield { message: "Keys do not reach over parent and children. Use partitions." };
    }
  },
};

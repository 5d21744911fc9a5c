// Pure.
import {
  droppedNames,
  relationKey,
  relationLabel,
  relationName,
} from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** DROP TABLE locks the tables that it references. */
export const dropReferencingTable: Rule = {
  code: "drop-referencing-table",
  family: "locks",
  severity: "warning",
  title: "DROP TABLE of a table with foreign keys",
  why:
    "It takes ACCESS EXCLUSIVE locks of the tables that its foreign keys reference, too, to remove their " +
    "triggers.",
  recipe: `-- One migration for each, so that one table is locked at a time:
ALTER TABLE items DROP CONSTRAINT items_order_id_fkey;
ALTER TABLE items DROP CONSTRAINT items_product_id_fkey;
-- Then:
DROP TABLE items;`,
  bad: `-- migration
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);
-- migration
DROP TABLE items;`,
  good: `-- migration
CREATE TABLE items (id bigint PRIMARY KEY);
-- migration
DROP TABLE items;`,
  *statement({ node }, scope) {
    if (!("DropStmt" in node) || node.DropStmt.removeType !== "OBJECT_TABLE") return;
    const dropped = droppedNames(node.DropStmt.objects);
    for (const name of dropped) {
      const referenced = (scope.schema.table(name)?.constraints ?? []).flatMap((
        { type, definition },
      ) =>
        type === "CONSTR_FOREIGN" && definition.pktable !== undefined
          ? [relationName(definition.pktable)]
          : []
      ).filter((other) =>
        scope.isLive(other) && !dropped.some((one) => relationKey(one) === relationKey(other))
      );
      if (referenced.length === 0) continue;
      const tables = [...new Set(referenced.map(relationLabel))].join(", ");
      yield {
        message: `Dropping ${relationLabel(name)} also locks ${tables} against reads and writes.`,
      };
    }
  },
};

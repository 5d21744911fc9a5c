// Pure.
import { indexColumns } from "../../model/alteration.ts";
import {
  droppedNames,
  relationKey,
  relationLabel,
  relationName,
} from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** An index is dropped before its replacement is there. */
export const indexDroppedFirst: Rule = {
  code: "index-dropped-first",
  family: "locks",
  severity: "warning",
  title: "An index is dropped before the one that replaces it",
  why: "Until the new index is built, queries have neither.",
  recipe: `CREATE INDEX CONCURRENTLY orders_user_id_day ON orders (user_id, day);
-- In the next migration:
DROP INDEX CONCURRENTLY orders_user_id;`,
  bad: `-- migration
CREATE INDEX a ON orders (user_id);
-- migration
DROP INDEX CONCURRENTLY a;
CREATE INDEX CONCURRENTLY b ON orders (user_id, day);`,
  good: `-- migration
CREATE INDEX a ON orders (user_id);
-- migration
CREATE INDEX CONCURRENTLY b ON orders (user_id, day);`,
  *statement({ node }, scope) {
    // In a transaction nobody sees the state in between.
    if (scope.isInTransaction) return;
    if (!("DropStmt" in node) || node.DropStmt.removeType !== "OBJECT_INDEX") return;
    for (const name of droppedNames(node.DropStmt.objects)) {
      const index = scope.schema.index(name);
      if (index === undefined || !scope.isLive(index.table)) continue;
      const later = scope.script.statements.find((one) =>
        "IndexStmt" in one.node && one.node.IndexStmt.relation !== undefined &&
        relationKey(relationName(one.node.IndexStmt.relation)) === relationKey(index.table) &&
        indexColumns(one.node.IndexStmt)[0] === index.columns[0]
      );
      if (later === undefined || scope.schema.index(name) === undefined) continue;
      yield {
        message:
          `Queries of ${relationLabel(index.table)} have no index on ${
            index.columns[0]
          } until the ` +
          `new one is built.`,
      };
    }
  },
};

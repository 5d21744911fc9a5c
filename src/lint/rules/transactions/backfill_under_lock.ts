// Pure.
import type { Node } from "@pgsql/types";
import { relationsIn } from "../../../sql/syntax_tree.ts";
import { writtenTable } from "../../model/alteration.ts";
import { exclusivelyLocked } from "../../model/exclusive_locks.ts";
import { relationLabel, type RelationName, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";
import type { Scope } from "../../model/scope.ts";

/** Rows are changed while a table is locked against everybody. */
export const backfillUnderLock: Rule = {
  code: "backfill-under-lock",
  family: "transactions",
  severity: "error",
  title: "Rows are changed in the transaction that alters a table in use",
  why:
    "ALTER TABLE takes an ACCESS EXCLUSIVE lock, which is held until the transaction ends: nobody can " +
    "read or write the table until every row is changed.",
  recipe: `ALTER TABLE orders ADD COLUMN total_cents bigint;
-- Then a batched migration, background/fill_total_cents.yaml, which changes the rows in small
-- transactions, or at least a migration of its own:
UPDATE orders SET total_cents = total * 100 WHERE total_cents IS NULL;`,
  bad: `ALTER TABLE orders ADD COLUMN total_cents bigint;
UPDATE orders SET total_cents = total * 100 WHERE total_cents IS NULL;`,
  good: "ALTER TABLE orders ADD COLUMN total_cents bigint;",
  *script(scope) {
    if (!scope.isInTransaction) return;
    let held: RelationName | undefined;
    for (const statement of scope.script.statements) {
      const relation = writtenTable(statement.node);
      const table = relation && relationName(relation);
      if (held !== undefined && table !== undefined && scope.isLive(table)) {
        if (changesMany(statement.node, scope)) {
          yield {
            message:
              `${relationLabel(held)} stays locked against reads and writes until the rows of ` +
              `${relationLabel(table)} are changed.`,
            statement,
          };
          return;
        }
      }
      held ??= exclusivelyLocked(statement.node, scope).find((name) => scope.isLive(name));
    }
  },
};

/** An INSERT of values changes few rows. */
function changesMany(node: Node, { isLive }: Scope): boolean {
  if (!("InsertStmt" in node)) return true;
  return relationsIn(node.InsertStmt.selectStmt).some((one) => isLive(relationName(one)));
}

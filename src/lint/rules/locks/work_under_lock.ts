// Pure.
import type { Node } from "@pgsql/types";
import { alterationsOf } from "../../model/alteration.ts";
import { exclusivelyLocked } from "../../model/exclusive_locks.ts";
import { relationLabel, type RelationName, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";
import type { Scope } from "../../model/scope.ts";

/** Long work while a table is locked against everybody. */
export const workUnderLock: Rule = {
  code: "work-under-lock",
  family: "locks",
  severity: "warning",
  title: "Long work while a table is locked",
  why:
    "A lock is held until the transaction ends. An ACCESS EXCLUSIVE lock that takes a millisecond by " +
    "itself lasts as long as the index build, the validation or the query behind it.",
  recipe: "-- Move what takes long to a migration of its own, before or after the one that locks.",
  bad: `ALTER TABLE orders ADD COLUMN note text;
CREATE INDEX users_name ON users (name);`,
  good: "ALTER TABLE orders ADD COLUMN note text;",
  *script(scope) {
    if (!scope.isInTransaction) return;
    let held: RelationName | undefined;
    for (const statement of scope.script.statements) {
      const work = held && longWork(statement.node, scope);
      if (held !== undefined && work !== undefined) {
        yield {
          message: `${relationLabel(held)} stays locked against reads and writes while ${work}.`,
          statement,
        };
        return;
      }
      held ??= exclusivelyLocked(statement.node, scope).find((name) => scope.isLive(name));
    }
  },
};

/** What takes long about it, as a clause. Changes of rows are the rule backfill-under-lock's. */
function longWork(node: Node, { isLive }: Scope): string | undefined {
  if ("IndexStmt" in node && node.IndexStmt.relation !== undefined) {
    const table = relationName(node.IndexStmt.relation);
    return isLive(table) ? `an index on ${relationLabel(table)} is built` : undefined;
  }
  if ("CreateTableAsStmt" in node) return "the query of the new table runs";
  if ("RefreshMatViewStmt" in node) return "a materialized view is filled";
  const validated = alterationsOf(node).find(({ command, table }) =>
    command.subtype === "AT_ValidateConstraint" && isLive(table)
  );
  return validated && `every row of ${relationLabel(validated.table)} is checked`;
}

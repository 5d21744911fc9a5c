// Pure.
import { exclusivelyLocked } from "../../model/exclusive_locks.ts";
import { relationKey, relationLabel, type RelationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** One transaction locks many tables. */
export const manyExclusiveLocks: Rule = {
  code: "many-exclusive-locks",
  family: "locks",
  severity: "warning",
  title: "One transaction locks several tables against everybody",
  why:
    "All ACCESS EXCLUSIVE locks are held until the last statement is done. The more tables, the likelier " +
    "a deadlock with an application that reads them in another order, and the longer everybody waits.",
  recipe: "-- One migration for each table.",
  bad: `ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE users ADD COLUMN note text;
ALTER TABLE items ADD COLUMN note text;`,
  good: "ALTER TABLE orders ADD COLUMN note text, ADD COLUMN source text;",
  *script(scope) {
    if (!scope.isInTransaction) return;
    const tables = new Map<string, RelationName>();
    for (const statement of scope.script.statements) {
      for (const name of exclusivelyLocked(statement.node, scope)) {
        if (scope.isLive(name)) tables.set(relationKey(name), name);
      }
      if (tables.size < MANY) continue;
      const labels = [...tables.values()].map(relationLabel);
      yield { message: `${labels.join(", ")} are locked at the same time.`, statement };
      return;
    }
  },
};

const MANY = 3;

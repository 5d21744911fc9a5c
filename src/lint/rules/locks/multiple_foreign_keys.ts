// Pure.
import { newConstraints } from "../../model/alteration.ts";
import type { LintedStatement } from "../../model/linted_script.ts";
import { relationKey, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Several foreign keys in one transaction lock many tables. */
export const multipleForeignKeys: Rule = {
  code: "multiple-foreign-keys",
  family: "locks",
  severity: "warning",
  title: "One transaction adds foreign keys to several tables in use",
  why:
    "Each takes SHARE ROW EXCLUSIVE locks of two tables, and all are held until the transaction ends. " +
    "An application that writes the tables in another order deadlocks with it.",
  recipe: "-- One migration for each foreign key.",
  bad: `ALTER TABLE orders ADD CONSTRAINT a FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
ALTER TABLE items ADD CONSTRAINT b FOREIGN KEY (product_id) REFERENCES products (id) NOT VALID;`,
  good:
    "ALTER TABLE orders ADD CONSTRAINT a FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;",
  *script({ script, isInTransaction, isLive }) {
    if (!isInTransaction) return;
    const pairs = new Set<string>();
    let last: LintedStatement | undefined;
    for (const statement of script.statements) {
      for (
        const { table, with: with_, constraint: { contype, pktable } } of newConstraints(
          statement.node,
        )
      ) {
        if (contype !== "CONSTR_FOREIGN" || with_ === "create" || pktable === undefined) continue;
        if (!isLive(table) || !isLive(relationName(pktable))) continue;
        const before = pairs.size;
        pairs.add(relationKey(relationName(pktable)));
        if (pairs.size > before) last = statement;
      }
    }
    if (pairs.size > 1) {
      yield {
        message:
          `${pairs.size} referenced tables are locked against writes until the transaction ends. ` +
          "Add each foreign key in a migration of its own.",
        ...(last ? { statement: last } : {}),
      };
    }
  },
};

// Pure.
import { alterationsOf } from "../../model/alteration.ts";
import type { LintedStatement } from "../../model/linted_script.ts";
import { relationKey, relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Several ALTER TABLE of one table scan and lock it several times. */
export const mergeableAlterTable: Rule = {
  code: "mergeable-alter-table",
  family: "transactions",
  severity: "info",
  title: "Several ALTER TABLE statements for one table",
  why:
    "Each takes the lock by itself and may read the table by itself. PostgreSQL does all actions of one " +
    "ALTER TABLE in one pass.",
  recipe: "ALTER TABLE orders ADD COLUMN note text, ADD COLUMN source text;",
  bad: `ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders ADD COLUMN source text;`,
  good: "ALTER TABLE orders ADD COLUMN note text, ADD COLUMN source text;",
  *script({ script, isLive }) {
    let before: LintedStatement | undefined;
    for (const statement of script.statements) {
      const [first] = alterationsOf(statement.node);
      const [earlier] = before ? alterationsOf(before.node) : [];
      if (
        first && earlier && relationKey(first.table) === relationKey(earlier.table) &&
        isLive(first.table) && statement.within === before?.within
      ) {
        yield {
          message: `The statement before alters ${relationLabel(first.table)}, too: make them one.`,
          statement,
        };
      }
      before = statement;
    }
  },
};

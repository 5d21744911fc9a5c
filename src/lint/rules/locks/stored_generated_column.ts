// Pure.
import { newColumns } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** A stored generated column is computed at once. */
export const storedGeneratedColumn: Rule = {
  code: "stored-generated-column",
  family: "locks",
  severity: "error",
  effect: "rewrite",
  title: "A stored generated column is added to a table in use",
  why:
    "It is computed for every row at once, so the whole table is written anew under an ACCESS EXCLUSIVE " +
    "lock. A virtual column (PostgreSQL 18) is computed when it is read.",
  recipe: `-- A plain column, a trigger that computes it, and a batched migration for the old rows.
ALTER TABLE orders ADD COLUMN total_cents bigint;`,
  bad: "ALTER TABLE orders ADD COLUMN total_cents bigint GENERATED ALWAYS AS (total * 100) STORED;",
  good: "ALTER TABLE orders ADD COLUMN total_cents bigint;",
  *statement({ node }, scope) {
    for (const { table, isNewTable, name, constraints } of newColumns(node)) {
      if (isNewTable || !scope.isLive(table)) continue;
      for (const { contype, generated_kind, location } of constraints) {
        if (contype !== "CONSTR_GENERATED" || generated_kind === "v") continue;
        yield { message: `Computing ${name} rewrites ${relationLabel(table)}.`, location };
      }
    }
  },
};

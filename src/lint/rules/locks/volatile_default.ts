// Pure.
import { newColumns } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";
import { volatileCall } from "../../model/volatility.ts";

/** A volatile default is computed for each row. */
export const volatileDefault: Rule = {
  code: "volatile-default",
  family: "locks",
  severity: "error",
  effect: "rewrite",
  title: "A new column with a volatile DEFAULT",
  why:
    "The default is computed for each row, so the whole table is written anew under an ACCESS EXCLUSIVE " +
    "lock. A constant, and a function that is not volatile such as now(), is stored once for all rows.",
  recipe: `ALTER TABLE orders ADD COLUMN token uuid;
ALTER TABLE orders ALTER COLUMN token SET DEFAULT gen_random_uuid();
-- Then a batched migration that fills the old rows.`,
  bad: "ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();",
  good: `ALTER TABLE orders ADD COLUMN created_at timestamptz DEFAULT now();`,
  *statement({ node }, scope) {
    for (const { table, isNewTable, name, constraints } of newColumns(node)) {
      if (isNewTable || !scope.isLive(table)) continue;
      for (const { contype, raw_expr, location } of constraints) {
        if (contype !== "CONSTR_DEFAULT" || raw_expr === undefined) continue;
        const call = volatileCall(raw_expr, scope.schema);
        if (call === undefined) continue;
        yield {
          message:
            `${call}() is computed for each row: adding ${name} rewrites ${
              relationLabel(table)
            }. ` +
            "Add the column without a default, set the default, and fill the old rows in batches.",
          location,
        };
      }
    }
  },
};

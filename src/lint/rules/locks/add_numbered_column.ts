// Pure.
import { hasConstraint, newColumns } from "../../model/alteration.ts";
import { SERIAL_TYPES } from "../../model/column_type.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** A serial or identity column is filled at once. */
export const addNumberedColumn: Rule = {
  code: "add-numbered-column",
  family: "locks",
  severity: "error",
  effect: "rewrite",
  title: "A serial or identity column is added to a table in use",
  why:
    "Every row gets a number at once, so the whole table is written anew under an ACCESS EXCLUSIVE lock.",
  recipe: `CREATE SEQUENCE orders_number_seq;
ALTER TABLE orders ADD COLUMN number bigint;
ALTER TABLE orders ALTER COLUMN number SET DEFAULT nextval('orders_number_seq');
ALTER SEQUENCE orders_number_seq OWNED BY orders.number;
-- Then a batched migration that numbers the old rows.`,
  bad: "ALTER TABLE orders ADD COLUMN number bigserial;",
  good: "ALTER TABLE orders ADD COLUMN number bigint;",
  *statement({ node }, scope) {
    for (const column of newColumns(node)) {
      const { table, isNewTable, type, name, definition } = column;
      if (isNewTable || !scope.isLive(table)) continue;
      if (!SERIAL_TYPES.includes(type.name) && !hasConstraint(column, "CONSTR_IDENTITY")) continue;
      yield {
        message:
          `Numbering the rows rewrites ${
            relationLabel(table)
          }: add ${name} as a plain column, and ` +
          "fill it in batches.",
        location: definition.location,
      };
    }
  },
};

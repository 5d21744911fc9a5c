// Pure.
import type { Node } from "@pgsql/types";
import { bareColumn } from "../../../sql/syntax_tree.ts";
import { alterationsOf } from "../../model/alteration.ts";
import { columnType, typeChange, typeLabel } from "../../model/column_type.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Changing a type may rewrite the table. */
export const columnTypeChange: Rule = {
  code: "column-type-change",
  family: "locks",
  severity: "error",
  effect: "rewrite",
  title: "Changing a column's type rewrites the table",
  why:
    "The table and its indexes are written anew under an ACCESS EXCLUSIVE lock: nobody can read or write " +
    "the table, and the disk holds it twice meanwhile. The running application may also rely on the old " +
    "type. Only some changes keep the rows as they are: a longer varchar, varchar to text, a larger " +
    "precision of numeric with the same scale.",
  recipe: `-- 1. A new column, and a trigger that keeps both alike.
ALTER TABLE orders ADD COLUMN id_new bigint;
-- 2. A batched migration that copies the old rows.
-- 3. An index or constraint of the new column, built concurrently; then one short transaction:
ALTER TABLE orders RENAME COLUMN id TO id_old;
ALTER TABLE orders RENAME COLUMN id_new TO id;
-- 4. In a later release:
ALTER TABLE orders DROP COLUMN id_old;`,
  bad: `ALTER TABLE orders ALTER COLUMN total TYPE bigint;`,
  good: "ALTER TABLE orders ADD COLUMN total_new bigint;",
  *statement({ node }, scope) {
    for (const { table, command: { subtype, name = "", def } } of alterationsOf(node)) {
      if (subtype !== "AT_AlterColumnType" || def === undefined || !("ColumnDef" in def)) continue;
      if (!scope.isLive(table)) continue;
      const { typeName = {}, raw_default: using, location } = def.ColumnDef;
      const from = scope.schema.table(table)?.columns.get(name)?.type;
      const to = columnType(typeName);
      const change = from === undefined ? undefined : typeChange(from, to);
      if (change === "keep" && !computes(using, name)) continue;
      const words = from === undefined ? "" : ` from ${typeLabel(from)}`;
      yield {
        message: `Changing ${name}${words} to ${typeLabel(to)} ` +
          (change === undefined
            ? `rewrites ${relationLabel(table)}, unless the old type is stored alike.`
            : change === "depends"
            ? `rewrites ${relationLabel(table)}, unless the session's TimeZone is UTC.`
            : `rewrites ${relationLabel(table)}: nobody can read or write it meanwhile.`),
        location,
      };
    }
  },
};

/** Whether USING does more than to cast the column. */
function computes(using: Node | undefined, column: string): boolean {
  if (using === undefined || bareColumn(using) === column) return false;
  return !("TypeCast" in using && bareColumn(using.TypeCast.arg) === column);
}

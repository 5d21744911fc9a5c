// Pure.
import { newColumns, newConstraints } from "../../model/alteration.ts";
import { typeLabel } from "../../model/column_type.ts";
import { relationName, textsOf } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Types that differ cost a cast for each comparison. */
export const foreignKeyTypeMismatch: Rule = {
  code: "foreign-key-type-mismatch",
  family: "design",
  severity: "warning",
  title: "A foreign key of another type than the key that it references",
  why:
    "A smaller type cannot hold all keys: INSERTs fail when they have grown. Joins cast each value.",
  recipe: "order_id bigint REFERENCES orders (id) -- as orders.id",
  bad: `CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE items (id bigint PRIMARY KEY, order_id integer REFERENCES orders (id));
CREATE INDEX i ON items (order_id);`,
  good: `CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint REFERENCES orders (id));
CREATE INDEX i ON items (order_id);`,
  *statement({ node }, { schema }) {
    const own = new Map(newColumns(node).map(({ name, type }) => [name, type]));
    for (const { table, columns, constraint } of newConstraints(node)) {
      const { contype, pktable, pk_attrs, location } = constraint;
      if (contype !== "CONSTR_FOREIGN" || pktable === undefined) continue;
      const other = schema.table(relationName(pktable));
      const key = other?.constraints.find(({ type }) => type === "CONSTR_PRIMARY")?.columns ?? [];
      const referenced = pk_attrs === undefined ? key : textsOf(pk_attrs);
      for (const [i, column] of columns.entries()) {
        const from = own.get(column) ?? schema.table(table)?.columns.get(column)?.type;
        const to = other?.columns.get(referenced[i] ?? "")?.type;
        if (from === undefined || to === undefined || stored(from.name) === stored(to.name)) {
          continue;
        }
        yield {
          message: `${column} is ${typeLabel(from)}, and ${pktable.relname}.${referenced[i]} is ` +
            `${typeLabel({ ...to, name: stored(to.name) })}.`,
          location,
        };
      }
    }
  },
};

/** The type that a serial column has, and one name for types that are compared without a cast. */
function stored(name: string): string {
  if (/^(serial|serial4)$/.test(name)) return "int4";
  if (/^(bigserial|serial8)$/.test(name)) return "int8";
  if (/^(smallserial|serial2)$/.test(name)) return "int2";
  return name === "varchar" ? "text" : name;
}

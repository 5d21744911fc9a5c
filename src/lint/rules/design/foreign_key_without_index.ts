// Pure.
import { newConstraints } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Deletes of the referenced table scan the referencing one. */
export const foreignKeyWithoutIndex: Rule = {
  code: "foreign-key-without-index",
  family: "design",
  severity: "warning",
  title: "A foreign key whose columns no index begins with",
  why:
    "PostgreSQL makes no index for the referencing side. Each DELETE, and each UPDATE of the key, in the " +
    "referenced table reads the whole referencing table.",
  recipe: "CREATE INDEX CONCURRENTLY items_order_id ON items (order_id);",
  bad: "CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint REFERENCES orders (id));",
  good: `CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint REFERENCES orders (id));
CREATE INDEX items_order_id ON items (order_id);`,
  *statement({ node }, { final }) {
    for (const { table, columns, constraint } of newConstraints(node)) {
      if (constraint.contype !== "CONSTR_FOREIGN" || final.table(table) === undefined) continue;
      const keys = (final.table(table)?.constraints ?? [])
        .filter(({ type }) => /PRIMARY|UNIQUE|EXCLUSION/.test(type)).map((one) => one.columns);
      const starts = [...keys, ...final.indexesOf(table).map((one) => one.columns)];
      const isServed = starts.some((index) =>
        columns.every((column) => index.slice(0, columns.length).includes(column))
      );
      if (isServed || columns.some((one) => !final.table(table)?.columns.has(one))) continue;
      yield {
        message:
          `No index of ${relationLabel(table)} begins with ${
            columns.join(", ")
          }: each DELETE from ` +
          `${constraint.pktable?.relname ?? "the referenced table"} reads it all.`,
        location: constraint.location,
      };
    }
  },
};

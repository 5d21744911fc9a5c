// Pure.
import { indexColumns } from "../../model/alteration.ts";
import { relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Another index does the same. */
export const redundantIndex: Rule = {
  code: "redundant-index",
  family: "design",
  severity: "warning",
  title: "An index that another one makes superfluous",
  why:
    "An index on (a) does nothing that an index, primary key or unique constraint on (a, b) cannot do, but " +
    "it slows writes down and takes room.",
  recipe: "DROP INDEX CONCURRENTLY orders_user_id; -- the smaller one",
  bad:
    `CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, day date, UNIQUE (user_id, day));
CREATE INDEX i ON orders (user_id);`,
  good:
    `CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, day date, UNIQUE (user_id, day));
CREATE INDEX i ON orders (day);`,
  *statement({ node }, { schema, final }) {
    if (!("IndexStmt" in node) || node.IndexStmt.relation === undefined) return;
    const { relation, unique, whereClause, accessMethod, indexParams } = node.IndexStmt;
    const isPlain = (accessMethod ?? "btree") === "btree" &&
      !/SORTBY_DESC|opclass":|collation":/.test(JSON.stringify(indexParams));
    if (unique || whereClause !== undefined || !isPlain) return;
    const table = relationName(relation);
    const columns = indexColumns(node.IndexStmt);
    if (columns.includes(undefined)) return;
    const keys = (schema.table(table)?.constraints ?? [])
      .filter(({ type }) => type === "CONSTR_PRIMARY" || type === "CONSTR_UNIQUE")
      .map((one) => ({
        columns: one.columns,
        name: one.name ?? `${table.name}_${one.type === "CONSTR_PRIMARY" ? "pkey" : "key"}`,
      }));
    const indexes = schema.indexesOf(table)
      .filter(({ name, definition }) =>
        definition.whereClause === undefined && (definition.accessMethod ?? "btree") === "btree" &&
        !/SORTBY_DESC|opclass":|collation":/.test(JSON.stringify(definition.indexParams)) &&
        name !== node.IndexStmt.idxname &&
        // One that a later migration drops is being replaced.
        final.index({ ...table, name }) !== undefined
      );
    const other = [...keys, ...indexes].find((one) =>
      columns.every((column, i) => one.columns[i] === column)
    );
    if (other === undefined) return;
    yield {
      message: `${other.name} on (${other.columns.join(", ")}) does all that this index can do.`,
    };
  },
};

// Pure.
import { alterationsOf, newConstraints } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Rows are not identified any more. */
export const dropPrimaryKey: Rule = {
  code: "drop-primary-key",
  family: "compatibility",
  severity: "warning",
  title: "A primary key is dropped",
  why:
    "Logical replication refuses UPDATE and DELETE of a published table without a replica identity, ON " +
    "CONFLICT loses its index, and foreign keys stand in the way.",
  recipe: `CREATE UNIQUE INDEX CONCURRENTLY users_new_pkey ON users (id_new);
-- In the next migration:
ALTER TABLE users DROP CONSTRAINT users_pkey, ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_new_pkey;`,
  bad: "ALTER TABLE users DROP CONSTRAINT users_pkey;",
  good:
    "ALTER TABLE users DROP CONSTRAINT users_pkey, ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX k;",
  *statement({ node }, { script, schema, isLive }) {
    for (const { table, command: { subtype, name = "" } } of alterationsOf(node)) {
      if (subtype !== "AT_DropConstraint" || !isLive(table)) continue;
      const known = schema.table(table)?.constraints.find((one) => one.type === "CONSTR_PRIMARY");
      if (
        name !== (known === undefined ? `${table.name}_pkey` : known.name ?? `${table.name}_pkey`)
      ) continue;
      const again = script.statements.some(({ node: other }) =>
        newConstraints(other).some(({ constraint }) => constraint.contype === "CONSTR_PRIMARY")
      );
      if (!again) yield { message: `${relationLabel(table)} has no primary key from here on.` };
    }
  },
};

// Pure.
import type { Node } from "@pgsql/types";
import {
  hasConstraint,
  newColumns,
  type NewConstraint,
  newConstraints,
} from "../../model/alteration.ts";
import { relationLabel, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** A foreign key that is validated at once. */
export const foreignKeyWithoutNotValid: Rule = {
  code: "foreign-key-without-not-valid",
  family: "locks",
  severity: "error",
  effect: "scan",
  title: "A foreign key is added and validated in one step",
  why:
    "It takes SHARE ROW EXCLUSIVE locks of both tables and holds them while every row is checked: " +
    "nobody can write to either. With NOT VALID, new rows are checked from now on; VALIDATE CONSTRAINT " +
    "checks the old ones under a lock that writes can live with.",
  recipe: `ALTER TABLE orders ADD CONSTRAINT orders_user_id_fkey
  FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
-- In the next migration:
ALTER TABLE orders VALIDATE CONSTRAINT orders_user_id_fkey;`,
  bad: "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id);",
  good:
    "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;",
  *statement({ node }, scope) {
    for (const one of newConstraints(node)) {
      const { contype, skip_validation, pktable, location } = one.constraint;
      if (contype !== "CONSTR_FOREIGN" || skip_validation || one.with === "create") continue;
      if (!scope.isLive(one.table) || (one.with === "column" && !hasDefault(node, one))) continue;
      const other = pktable === undefined ? "" : ` and ${relationLabel(relationName(pktable))}`;
      const isLate = scope.oldest < 18 && scope.schema.table(one.table)?.kind === "partitioned";
      yield {
        message:
          `Nobody can write to ${relationLabel(one.table)}${other} until every row is checked. ` +
          (isLate
            ? "Partitioned tables take no NOT VALID before PostgreSQL 18: add it to each partition first."
            : "Add it NOT VALID, and validate it in the next migration."),
        location,
      };
    }
  },
};

/** Without a default a new column is NULL everywhere, and PostgreSQL checks nothing. */
function hasDefault(node: Node, { columns }: NewConstraint): boolean {
  const column = newColumns(node).find(({ name }) => name === columns[0]);
  return column !== undefined && hasConstraint(column, "CONSTR_DEFAULT");
}

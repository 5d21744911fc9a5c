// Pure.
import { relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** VACUUM FULL and CLUSTER rewrite the table. */
export const vacuumFull: Rule = {
  code: "vacuum-full",
  family: "locks",
  severity: "warning",
  title: "VACUUM FULL or CLUSTER",
  why:
    "The whole table is written anew under an ACCESS EXCLUSIVE lock: nobody can read or write it " +
    "meanwhile. Plain VACUUM makes the room usable again without that.",
  recipe: "VACUUM orders; -- or the extension pg_repack, outside of a migration",
  bad: "VACUUM FULL orders;",
  good: "VACUUM orders;",
  *statement({ node }, scope) {
    if ("ClusterStmt" in node) {
      const { relation } = node.ClusterStmt;
      if (relation !== undefined && !scope.isLive(relationName(relation))) return;
      yield { message: "CLUSTER rewrites the table: nobody can read or write it meanwhile." };
    } else if ("VacuumStmt" in node && node.VacuumStmt.is_vacuumcmd) {
      const isFull = (node.VacuumStmt.options ?? []).some((one) =>
        "DefElem" in one && one.DefElem.defname === "full"
      );
      if (!isFull) return;
      yield { message: "VACUUM FULL rewrites the table: nobody can read or write it meanwhile." };
    }
  },
};

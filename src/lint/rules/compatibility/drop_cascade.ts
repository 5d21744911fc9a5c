// Pure.
import { alterationsOf } from "../../model/alteration.ts";
import { droppedNames } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** CASCADE drops what nobody named. */
export const dropCascade: Rule = {
  code: "drop-cascade",
  family: "compatibility",
  severity: "warning",
  title: "CASCADE drops what nobody names",
  why:
    "It also drops views, foreign keys, functions and columns that depend on the object: what these are " +
    "depends on the database that it runs in.",
  recipe: `-- Name what depends on it.
DROP VIEW active_users;
DROP TABLE users;`,
  bad: "DROP VIEW users_view CASCADE;",
  good: "DROP VIEW users_view;",
  *statement({ node }, scope) {
    const isDrop = "DropStmt" in node && node.DropStmt.behavior === "DROP_CASCADE";
    if (isDrop && node.DropStmt.removeType === "OBJECT_TABLE") {
      if (!droppedNames(node.DropStmt.objects).some((name) => scope.isLive(name))) return;
    }
    const isAlter = alterationsOf(node).some(({ command: { behavior, subtype = "" }, table }) =>
      behavior === "DROP_CASCADE" && subtype.startsWith("AT_Drop") && scope.isLive(table)
    );
    if (isDrop || isAlter) {
      yield { message: "Whatever depends on it in the database is dropped, too. Name it instead." };
    }
  },
};

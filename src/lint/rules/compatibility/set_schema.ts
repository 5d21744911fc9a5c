// Pure.
import { relationLabel, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Objects that move are not found any more. */
export const setSchema: Rule = {
  code: "set-schema",
  family: "compatibility",
  severity: "warning",
  title: "An object moves to another schema",
  why:
    "A release that uses it by its qualified name, or whose search_path lacks the new schema, fails.",
  recipe: `ALTER TABLE users SET SCHEMA app;
CREATE VIEW public.users AS SELECT * FROM app.users; -- in the same migration`,
  bad: "ALTER TABLE users SET SCHEMA app;",
  good: "CREATE SCHEMA app;",
  *statement({ node }, scope) {
    if (!("AlterObjectSchemaStmt" in node)) return;
    const { relation, newschema } = node.AlterObjectSchemaStmt;
    if (relation !== undefined && !scope.isLive(relationName(relation))) return;
    const label = relation === undefined ? "it" : relationLabel(relationName(relation));
    yield { message: `A release that does not look for ${label} in ${newschema} fails.` };
  },
};

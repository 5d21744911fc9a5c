// Pure.
import { alterationsOf } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Old writers rely on a default. */
export const changeDefault: Rule = {
  code: "change-default",
  family: "compatibility",
  severity: "info",
  title: "A default is changed or dropped",
  why:
    "What the running release leaves out of its INSERTs gets another value from here on. If the default " +
    "is dropped and the column is NOT NULL, these INSERTs fail.",
  recipe: "-- Let every release write the column before its default is dropped.",
  bad: "ALTER TABLE users ALTER COLUMN locale DROP DEFAULT;",
  good: "ALTER TABLE users ADD COLUMN locale text DEFAULT 'en';",
  *statement({ node }, { schema, isLive }) {
    for (const { table, command: { subtype = "", name = "", def } } of alterationsOf(node)) {
      if (!/^AT_(ColumnDefault|DropExpression|DropIdentity)$/.test(subtype) || !isLive(table)) {
        continue;
      }
      const column = schema.table(table)?.columns.get(name);
      // A first default takes nothing away.
      if (def !== undefined && column?.hasDefault === false) continue;
      const fails = def === undefined && column?.notNull ? " INSERTs without it fail." : "";
      yield {
        message: `INSERTs that leave out ${
          relationLabel(table)
        }.${name} get another value from here on.${fails}`,
      };
    }
  },
};

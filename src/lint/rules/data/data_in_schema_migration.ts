// Pure.
import { writtenTable } from "../../model/alteration.ts";
import { relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Schema and rows change together. */
export const dataInSchemaMigration: Rule = {
  code: "data-in-schema-migration",
  family: "data",
  severity: "info",
  title: "One migration changes the schema and rows in use",
  why:
    "Changes of rows take long and can be tried again; changes of the schema are short and hold locks. " +
    "Apart from each other, each can have its own pace.",
  recipe: "-- One migration for the schema, one, or a batched one, for the rows.",
  bad: `CREATE TABLE locales (code text PRIMARY KEY);
UPDATE users SET locale = 'en' WHERE locale IS NULL;`,
  good: "CREATE TABLE locales (code text PRIMARY KEY);",
  *script({ script, isLive }) {
    const changesSchema = script.statements.some(({ node }) =>
      SCHEMA_STATEMENTS.some((kind) => kind in node)
    );
    const change = script.statements.find(({ node }) => {
      const relation = "InsertStmt" in node ? undefined : writtenTable(node);
      return relation !== undefined && isLive(relationName(relation));
    });
    if (changesSchema && change !== undefined) {
      yield { message: "Change the rows in a migration of their own.", statement: change };
    }
  },
};

const SCHEMA_STATEMENTS: readonly string[] = [
  "AlterTableStmt",
  "CreateStmt",
  "DropStmt",
  "IndexStmt",
  "RenameStmt",
];

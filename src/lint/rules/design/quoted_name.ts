// Pure.
import { newColumns } from "../../model/alteration.ts";
import type { Rule } from "../../model/rule.ts";

/** Names that need quotes for ever. */
export const quotedName: Rule = {
  code: "quoted-name",
  family: "design",
  severity: "off",
  title: "A name that must be quoted",
  why: "A name with capitals or other characters must be quoted in every statement.",
  recipe: "CREATE TABLE user_accounts (id bigint PRIMARY KEY);",
  bad: 'CREATE TABLE "UserAccounts" (id bigint PRIMARY KEY);',
  good: "CREATE TABLE user_accounts (id bigint PRIMARY KEY);",
  *statement({ node }) {
    const names = [
      ...("CreateStmt" in node ? [node.CreateStmt.relation?.relname ?? "a"] : []),
      ...newColumns(node).map(({ name }) => name),
      ...("IndexStmt" in node ? [node.IndexStmt.idxname ?? "a"] : []),
    ];
    for (const name of names.filter((one) => !/^[a-z_][a-z0-9_$]*$/.test(one))) {
      yield { message: `"${name}" must be quoted wherever it is used.` };
    }
  },
};

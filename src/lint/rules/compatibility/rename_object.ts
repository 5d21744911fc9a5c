// Pure.
import type { Rule } from "../../model/rule.ts";

/** The running release knows the old name. */
export const renameObject: Rule = {
  code: "rename-object",
  family: "compatibility",
  severity: "error",
  title: "A schema, type, function or enum value is renamed",
  why:
    "While the new release is rolled out, and after a rollback, the old one uses the old name and fails.",
  recipe: "-- Add the new one beside the old one, and drop the old one a release later.",
  bad: "ALTER TYPE status RENAME VALUE 'done' TO 'finished';",
  good: "ALTER TYPE status ADD VALUE 'finished';",
  *statement({ node }) {
    if ("AlterEnumStmt" in node && node.AlterEnumStmt.oldVal !== undefined) {
      const { oldVal, newVal } = node.AlterEnumStmt;
      yield {
        message: `A release that writes or compares '${oldVal}' fails when it is '${newVal}'.`,
      };
    } else if ("RenameStmt" in node) {
      const { renameType = "", newname, subname } = node.RenameStmt;
      const word = KINDS[renameType];
      if (word === undefined) return;
      yield {
        message: `A release that uses the ${word}${
          subname ? ` ${subname}` : ""
        } fails when it is ${newname}.`,
      };
    }
  },
};

const KINDS: Readonly<Record<string, string>> = {
  OBJECT_SCHEMA: "schema",
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "domain",
  OBJECT_FUNCTION: "function",
  OBJECT_PROCEDURE: "procedure",
  OBJECT_ROUTINE: "routine",
  OBJECT_SEQUENCE: "sequence",
  OBJECT_ATTRIBUTE: "attribute",
  OBJECT_ROLE: "role",
  OBJECT_DATABASE: "database",
};

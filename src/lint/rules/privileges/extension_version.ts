// Pure.
import type { Rule } from "../../model/rule.ts";

/** An extension's version may not be there. */
export const extensionVersion: Rule = {
  code: "extension-version",
  family: "privileges",
  severity: "info",
  title: "A version of an extension is named",
  why:
    "Which versions there are depends on the server's packages: another server may have only a newer one.",
  recipe: "CREATE EXTENSION IF NOT EXISTS pg_trgm;",
  bad: "CREATE EXTENSION pg_trgm VERSION '1.4';",
  good: "CREATE EXTENSION pg_trgm;",
  *statement({ node }) {
    const options = "CreateExtensionStmt" in node
      ? node.CreateExtensionStmt.options ?? []
      : "AlterExtensionStmt" in node
      ? node.AlterExtensionStmt.options ?? []
      : [];
    if (options.some((one) => "DefElem" in one && one.DefElem.defname === "new_version")) {
      yield { message: "Another server may not have this version." };
    }
  },
};

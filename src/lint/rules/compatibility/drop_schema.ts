// Pure.
import type { Rule } from "../../model/rule.ts";

/** A schema, or a whole database, is dropped. */
export const dropSchema: Rule = {
  code: "drop-schema",
  family: "compatibility",
  severity: "error",
  title: "A schema or a database is dropped",
  why: "Everything in it is gone, and a release that still uses it fails.",
  recipe: "-- Drop the objects one by one, each in the release after the one that stops to use it.",
  bad: "DROP SCHEMA audit CASCADE;",
  good: "CREATE SCHEMA audit;",
  *statement({ node }) {
    if ("DropdbStmt" in node) {
      yield { message: `The database ${node.DropdbStmt.dbname} is gone, with all that is in it.` };
    } else if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_SCHEMA") {
      yield { message: "A release that still uses what is in the schema fails from here on." };
    }
  },
};

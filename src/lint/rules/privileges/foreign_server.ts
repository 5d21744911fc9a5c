// Pure.
import { nodesIn } from "../../../sql/syntax_tree.ts";
import { textsOf } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Another server takes part. */
export const foreignServer: Rule = {
  code: "foreign-server",
  family: "privileges",
  severity: "warning",
  title: "Another server takes part in the migration",
  why:
    "What it does there is not rolled back with the migration, and the server must be reachable from every " +
    "customer's database.",
  recipe: "-- Let the application move the rows.",
  bad: "SELECT dblink_exec('host=old', 'DELETE FROM queue');",
  good: "DELETE FROM queue WHERE id = 1;",
  *statement({ node }) {
    if ("CreateForeignServerStmt" in node) {
      yield { message: "Every customer's database must reach it." };
    }
    for (const one of nodesIn(node)) {
      if (!("FuncCall" in one)) continue;
      const name = textsOf(one.FuncCall.funcname).at(-1) ?? "";
      if (/^dblink/.test(name)) {
        yield {
          message: "What it does there is not rolled back.",
          location: one.FuncCall.location,
        };
      }
    }
  },
};

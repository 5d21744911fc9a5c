// Pure.
import { nodesIn } from "../../../sql/syntax_tree.ts";
import { textsOf } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Files of the server. */
export const serverFile: Rule = {
  code: "server-file",
  family: "privileges",
  severity: "error",
  title: "A file or program of the server",
  why:
    "The path is one of the server's host, which is not the one that migrates, and a managed server has " +
    "none.",
  recipe: "INSERT INTO countries (code) VALUES ('de'), ('fr');",
  bad: "COPY countries FROM '/tmp/countries.csv';",
  good: "INSERT INTO countries (code) VALUES ('de');",
  *statement({ node }) {
    if ("CopyStmt" in node && (node.CopyStmt.filename !== undefined || node.CopyStmt.is_program)) {
      yield { message: "The file is looked for on the server's host." };
    }
    for (const one of nodesIn(node)) {
      if (!("FuncCall" in one)) continue;
      const name = textsOf(one.FuncCall.funcname).at(-1) ?? "";
      if (/^(lo_import|lo_export|pg_read_file|pg_read_binary_file|pg_ls_dir)$/.test(name)) {
        yield {
          message: `${name}() uses a file of the server's host.`,
          location: one.FuncCall.location,
        };
      }
    }
  },
};

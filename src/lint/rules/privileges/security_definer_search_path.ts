// Pure.
import { listedName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Whoever calls it chooses what its names mean. */
export const securityDefinerSearchPath: Rule = {
  code: "security-definer-search-path",
  family: "privileges",
  severity: "error",
  title: "A SECURITY DEFINER function without its own search_path",
  why:
    "It runs with its owner's rights and its caller's search_path: a caller can put a table or function of " +
    "the same name in front, and act as the owner.",
  recipe: `CREATE FUNCTION f() RETURNS void LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  AS $$ DELETE FROM app.sessions $$;`,
  bad: "CREATE FUNCTION f() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ SELECT 1 $$;",
  good:
    "CREATE FUNCTION f() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT 1 $$;",
  *statement({ node }, { script }) {
    if (!("CreateFunctionStmt" in node)) return;
    const { options = [], funcname } = node.CreateFunctionStmt;
    const elements = options.flatMap((one) => "DefElem" in one ? [one.DefElem] : []);
    const definer = elements.some(({ defname, arg }) =>
      defname === "security" && JSON.stringify(arg).includes('"boolval":true')
    );
    const sets = elements.some(({ defname, arg }) =>
      defname === "set" && JSON.stringify(arg).includes('"name":"search_path"')
    );
    const name = listedName(funcname).name;
    const isSetLater = script.statements.some(({ node: other }) =>
      "AlterFunctionStmt" in other &&
      JSON.stringify(other.AlterFunctionStmt.actions ?? []).includes('"name":"search_path"') &&
      listedName(other.AlterFunctionStmt.func?.objname).name === name
    );
    if (definer && !sets && !isSetLater) {
      yield {
        message: `Whoever calls ${name} chooses what the names in it mean. Add SET search_path.`,
      };
    }
  },
};

// Pure.
import type { Rule } from "../../model/rule.ts";

/** A secret in a file. */
export const passwordLiteral: Rule = {
  code: "password-literal",
  family: "privileges",
  severity: "error",
  title: "A password is written in a migration",
  why:
    "Everybody who has the files, the executable, the history's tables or the server's log has it.",
  recipe: "CREATE ROLE app LOGIN; -- its password is set where it is kept: \\password app",
  bad: "CREATE ROLE app LOGIN PASSWORD 'secret';",
  good: "CREATE ROLE app LOGIN;",
  *statement({ node }) {
    const options = "CreateRoleStmt" in node
      ? node.CreateRoleStmt.options ?? []
      : "AlterRoleStmt" in node
      ? node.AlterRoleStmt.options ?? []
      : "CreateUserMappingStmt" in node
      ? node.CreateUserMappingStmt.options ?? []
      : [];
    const hasPassword = options.some((one) =>
      "DefElem" in one && one.DefElem.defname === "password" && one.DefElem.arg !== undefined
    );
    const conninfo = "CreateSubscriptionStmt" in node
      ? node.CreateSubscriptionStmt.conninfo ?? ""
      : "";
    if (hasPassword || /password\s*=/.test(conninfo)) {
      yield {
        message: "Everybody who has this file has the password. Set it elsewhere, and change it.",
      };
    }
  },
};

// Pure.
import { alterationsOf } from "../../model/alteration.ts";
import type { Problem, Rule } from "../../model/rule.ts";

/** Names of roles and databases differ from server to server. */
export const hardCodedName: Rule = {
  code: "hard-coded-name",
  family: "privileges",
  severity: "info",
  title: "A role or a database is named",
  why:
    "Roles and databases have other names on other servers: the migration fails there, or changes another " +
    "one than was meant.",
  recipe: `DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'UTC');
END $$;`,
  bad: "ALTER DATABASE shop SET timezone = 'UTC';",
  good: "SET LOCAL timezone = 'UTC';",
  *statement({ node }) {
    if ("AlterDatabaseSetStmt" in node) {
      yield { message: `The database need not be called ${node.AlterDatabaseSetStmt.dbname}.` };
    } else if ("AlterDatabaseStmt" in node) {
      yield { message: `The database need not be called ${node.AlterDatabaseStmt.dbname}.` };
    } else if ("AlterOwnerStmt" in node) {
      yield* owner(node.AlterOwnerStmt.newowner?.rolename);
    } else {
      for (const { command: { subtype, newowner } } of alterationsOf(node)) {
        if (subtype === "AT_ChangeOwner") yield* owner(newowner?.rolename);
      }
    }
  },
};

function* owner(role: string | undefined): Generator<Problem, void, undefined> {
  if (role !== undefined) {
    yield { message: `The role ${role} must exist, and the migrating role be a member of it.` };
  }
}

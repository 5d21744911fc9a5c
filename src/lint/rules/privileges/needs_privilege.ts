// Pure.
import type { Node } from "@pgsql/types";
import type { Rule } from "../../model/rule.ts";

/** Rights that a migrating role may lack. */
export const needsPrivilege: Rule = {
  code: "needs-privilege",
  family: "privileges",
  severity: "warning",
  title: "A statement needs rights that the migrating role may lack",
  why:
    "On the customer's server the role of the application is no superuser. A migration that is declared " +
    "as privileged can be run by an administrator; migrator then plans for it.",
  recipe: "-- migrator: privileged\nCREATE EXTENSION pg_trgm;",
  bad: "CREATE ROLE app LOGIN;",
  good: "-- migrator: privileged\nCREATE ROLE app LOGIN;",
  *statement({ node }, { script }) {
    const what = privilegeOf(node);
    if (what === undefined || script.metadata.privileged) return;
    yield { message: `${what}. Declare the migration: -- migrator: privileged` };
  },
};

function privilegeOf(node: Node): string | undefined {
  if ("CreateRoleStmt" in node || "DropRoleStmt" in node) return "Roles need CREATEROLE";
  if ("AlterRoleStmt" in node) return "Changing a role needs CREATEROLE";
  if ("CreateExtensionStmt" in node) {
    return TRUSTED.includes(node.CreateExtensionStmt.extname ?? "")
      ? undefined
      : `The extension ${node.CreateExtensionStmt.extname} needs a superuser`;
  }
  if ("AlterSystemStmt" in node) return "ALTER SYSTEM needs a superuser";
  if ("CreateEventTrigStmt" in node) return "Event triggers need a superuser";
  if ("CreateTableSpaceStmt" in node) return "Tablespaces need a superuser";
  if ("CreatedbStmt" in node || "DropdbStmt" in node) return "Databases need CREATEDB";
  if ("CreatePLangStmt" in node) return "Languages need a superuser";
  if ("CreatePublicationStmt" in node && node.CreatePublicationStmt.for_all_tables) {
    return "FOR ALL TABLES needs a superuser";
  }
  if ("CreateSubscriptionStmt" in node) return "Subscriptions need pg_create_subscription";
  if ("CreateFdwStmt" in node) return "Foreign-data wrappers need a superuser";
  if ("CopyStmt" in node && (node.CopyStmt.is_program || node.CopyStmt.filename !== undefined)) {
    return "COPY with a file or program of the server needs a superuser";
  }
  if ("CreateFunctionStmt" in node) {
    const language = (node.CreateFunctionStmt.options ?? []).flatMap((one) =>
      "DefElem" in one && one.DefElem.defname === "language" && one.DefElem.arg !== undefined &&
        "String" in one.DefElem.arg
        ? [one.DefElem.arg.String.sval ?? ""]
        : []
    )[0] ?? "";
    if (/^(c|internal|plpython3?u|plperlu|pltclu)$/i.test(language)) {
      return `Functions in the untrusted language ${language} need a superuser`;
    }
  }
  return undefined;
}

/** Extensions that PostgreSQL 13 and newer let the owner of a database create. */
const TRUSTED: readonly string[] = [
  "btree_gin",
  "btree_gist",
  "citext",
  "cube",
  "dict_int",
  "fuzzystrmatch",
  "hstore",
  "intarray",
  "isn",
  "lo",
  "ltree",
  "pg_trgm",
  "pgcrypto",
  "plpgsql",
  "seg",
  "tablefunc",
  "tcn",
  "tsm_system_rows",
  "tsm_system_time",
  "unaccent",
  "uuid-ossp",
];

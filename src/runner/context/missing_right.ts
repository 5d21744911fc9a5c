// Pure.
/**
 * Names the privilege that a role lacks, as the GRANT that gives it.
 *
 * @module
 */

import type { ServerError } from "../../connection/session/session.ts";
import { quoteIdentifier } from "../../sql/identifier.ts";
import { CREATE_ELSEWHERE, isSystemSchema } from "../../sql/system_schema.ts";

/** insufficient_privilege. */
export const INSUFFICIENT_PRIVILEGE = "42501";

/** Object kinds in the words of PostgreSQL's error messages, as a regular expression. */
const KIND = "materialized view|foreign table|foreign-data wrapper|foreign server|event trigger|" +
  "text search (?:dictionary|configuration)|operator (?:class|family)|large object|" +
  "statistics object|[a-z]+";

const NOT_OWNER = new RegExp(`^must be owner of (${KIND}) (\\S.*)$`);
const DENIED = new RegExp(`^permission denied for (${KIND}) (\\S.*)$`);

/** Object kinds in the words of PostgreSQL's error messages, and what to GRANT on them. */
const GRANTS: Readonly<Record<string, string>> = {
  database: "CREATE ON DATABASE",
  schema: "USAGE, CREATE ON SCHEMA",
  function: "EXECUTE ON FUNCTION",
  procedure: "EXECUTE ON PROCEDURE",
  routine: "EXECUTE ON ROUTINE",
  type: "USAGE ON TYPE",
  language: "USAGE ON LANGUAGE",
  tablespace: "CREATE ON TABLESPACE",
  "foreign-data wrapper": "USAGE ON FOREIGN DATA WRAPPER",
  "foreign server": "USAGE ON FOREIGN SERVER",
};

/** Object kinds with rows. */
const WITH_ROWS = new Set(["table", "view", "materialized view", "foreign table"]);

/** The privileges that a statement needs on its tables, by its first word. */
const NEEDS: Readonly<Record<string, string>> = {
  SELECT: "SELECT",
  TABLE: "SELECT",
  VALUES: "SELECT",
  INSERT: "SELECT, INSERT",
  UPDATE: "SELECT, UPDATE",
  DELETE: "SELECT, DELETE",
  TRUNCATE: "TRUNCATE",
  MERGE: "SELECT, INSERT, UPDATE, DELETE",
  WITH: "SELECT, INSERT, UPDATE, DELETE",
  DO: "SELECT, INSERT, UPDATE, DELETE",
  CALL: "SELECT, INSERT, UPDATE, DELETE",
  LOCK: "UPDATE",
};

/** The privileges and the object type of a GRANT for a kind; undefined for an unknown kind. */
function grantFor(kind: string, statement: string): string | undefined {
  if (kind === "sequence") {
    return `USAGE, ${/\bsetval\b/i.test(statement) ? "UPDATE" : "SELECT"} ON SEQUENCE`;
  }
  if (!WITH_ROWS.has(kind)) return GRANTS[kind];
  const [word = ""] = /^[a-z]+/i.exec(statement) ?? [];
  const isTriggered = /^create\s+(or\s+replace\s+)?(constraint\s+)?trigger\b/i.test(statement);
  const isReferred = /\breferences\b/i.test(statement);
  const rights = NEEDS[word.toUpperCase()] ??
    (isTriggered ? "TRIGGER" : isReferred ? "REFERENCES" : "SELECT");
  return `${rights} ON TABLE`;
}

/**
 * Says who has to run which statement after an error 42501. The server names the object only in its
 * message; if that is not English, the hint is general.
 *
 * @param refused.role The role that lacks the privilege.
 * @param refused.statement The refused statement, from its first word on.
 */
export function missingPrivilege(
  { message, schema }: ServerError,
  { role, statement }: { readonly role: string; readonly statement: string },
): string {
  if (/^permission denied to create "(pg_catalog|information_schema)\./.test(message)) {
    return CREATE_ELSEWHERE;
  }
  const to = quoteIdentifier(role);
  const [, owned, object] = NOT_OWNER.exec(message) ?? [];
  if (owned !== undefined && object !== undefined) {
    return `Migrate as the role that owns it, or let its owner run: ${
      owned === "extension"
        ? "the statement itself (an extension has no other way to change hands)"
        : `ALTER ${owned === "relation" ? "TABLE" : owned.toUpperCase()} ${
          qualified(object, schema)
        } OWNER TO ${to} (the role that owns it now then has only what it is granted)`
    }`;
  }
  const [, kind, name] = DENIED.exec(message) ?? [];
  if (kind === "schema" && isSystemSchema(name ?? "")) return CREATE_ELSEWHERE;
  const grant = kind === undefined ? undefined : grantFor(kind, statement);
  if (grant !== undefined && name !== undefined) {
    const because = kind === "schema" && name === "public"
      ? " (since PostgreSQL 15 only the database's owner may create in it)"
      : "";
    return `Let its owner, or an administrator, run: GRANT ${grant} ${
      qualified(name, kind === "schema" || kind === "database" ? undefined : schema)
    } TO ${to}${because}`;
  }
  return `Role ${to} lacks a right for it: let an administrator grant it, or migrate as a role ` +
    "that has it, such as a superuser";
}

/** Quotes and qualifies a name: error messages have it unquoted, and mostly without its schema. */
function qualified(name: string, schema: string | undefined): string {
  if (/[(".]/.test(name)) return name;
  const quoted = /^[a-z_][a-z0-9_$]*$/.test(name) ? name : quoteIdentifier(name);
  return schema === undefined ? quoted : `${quoteIdentifier(schema)}.${quoted}`;
}

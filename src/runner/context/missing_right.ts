// Pure.
/**
 * Names the privilege that a role lacks, as the GRANT that gives it.
 *
 * @module
 */

import type { ServerError } from "../../connection/session/session.ts";
import { quoteIdentifier } from "../../sql/identifier.ts";

/** insufficient_privilege. */
export const INSUFFICIENT_PRIVILEGE = "42501";

/** A kind of thing, as PostgreSQL's refusals call it. */
const KIND = "materialized view|foreign table|foreign-data wrapper|foreign server|event trigger|" +
  "text search (?:dictionary|configuration)|operator (?:class|family)|large object|" +
  "statistics object|[a-z]+";

const NOT_OWNER = new RegExp(`^must be owner of (${KIND}) (\\S.*)$`);
const DENIED = new RegExp(`^permission denied for (${KIND}) (\\S.*)$`);

/** What PostgreSQL calls the kinds of things in its refusals, and how GRANT calls them. */
const GRANTS: Readonly<Record<string, string>> = {
  database: "CREATE ON DATABASE",
  schema: "USAGE, CREATE ON SCHEMA",
  table: "ALL ON TABLE",
  view: "ALL ON TABLE",
  "materialized view": "ALL ON TABLE",
  "foreign table": "ALL ON TABLE",
  sequence: "ALL ON SEQUENCE",
  function: "EXECUTE ON FUNCTION",
  procedure: "EXECUTE ON PROCEDURE",
  routine: "EXECUTE ON ROUTINE",
  type: "USAGE ON TYPE",
  language: "USAGE ON LANGUAGE",
  tablespace: "CREATE ON TABLESPACE",
  "foreign-data wrapper": "USAGE ON FOREIGN DATA WRAPPER",
  "foreign server": "USAGE ON FOREIGN SERVER",
};

/**
 * Who has to type what, for a refusal with 42501. The server tells its object in a sentence only; in
 * another language than English it can just be said that a right is lacking.
 *
 * @param role Who was refused.
 */
export function missingPrivilege({ message, schema }: ServerError, role: string): string {
  const to = quoteIdentifier(role);
  const [, owned, object] = NOT_OWNER.exec(message) ?? [];
  if (owned !== undefined && object !== undefined) {
    return `Migrate as the role that owns it, or let its owner run: ${
      owned === "extension"
        ? "the statement itself (an extension has no other way to change hands)"
        : `ALTER ${owned === "relation" ? "TABLE" : owned.toUpperCase()} ${
          qualified(object, schema)
        } OWNER TO ${to}`
    }`;
  }
  const [, kind, name] = DENIED.exec(message) ?? [];
  const grant = kind === undefined ? undefined : GRANTS[kind];
  if (grant !== undefined && name !== undefined) {
    const because = kind === "schema" && name === "public"
      ? " (since PostgreSQL 15 only the database's owner may create in it)"
      : "";
    return `Let its owner, or an administrator, run: GRANT ${grant} ${
      qualified(name, kind === "schema" || kind === "database" ? undefined : schema)
    } TO ${to}${because}`;
  }
  return `Role ${to} lacks a right for it: let an administrator grant it, or migrate as a role ` +
    "that has it";
}

/** The server tells names as they are, and mostly without their schema. */
function qualified(name: string, schema: string | undefined): string {
  if (/[(".]/.test(name)) return name;
  const quoted = /^[a-z_][a-z0-9_$]*$/.test(name) ? name : quoteIdentifier(name);
  return schema === undefined ? quoted : `${quoteIdentifier(schema)}.${quoted}`;
}

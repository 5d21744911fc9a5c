// Pure.
/**
 * Default privileges: what objects get that are created later.
 *
 * @module
 */

import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { privileges } from "../model/reading.ts";
import type { Privileges, SchemaObject } from "../model/schema.ts";

/** Its name is `FOR ROLE r IN SCHEMA s ON TABLES`; without a schema, for all of them. */
export interface DefaultPrivileges extends SchemaObject {
  readonly kind: "default privileges";
  readonly role: string;
  readonly schema?: string;
  readonly objects: "TABLES" | "SEQUENCES" | "FUNCTIONS" | "TYPES" | "SCHEMAS" | "LARGE OBJECTS";
}

export const defaultPrivilegesKind: Kind<DefaultPrivileges> = {
  kind: "default privileges",
  query: ({ schemas }) =>
    `SELECT d.tableoid AS class, d.oid, json_strip_nulls(json_build_object(
      'name', format('FOR ROLE %I%s ON %s', pg_get_userbyid(d.defaclrole),
        ' IN SCHEMA ' || quote_ident(n.nspname), objects.words),
      'role', pg_get_userbyid(d.defaclrole), 'schema', n.nspname, 'objects', objects.words,
      ${
      privileges({
        acl: "d.defaclacl",
        initial: `CASE WHEN d.defaclnamespace <> 0 THEN NULL
          ELSE acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END::"char",
            d.defaclrole) END`,
        owner: "d.defaclrole",
      })
    }
    )) AS object
    FROM pg_default_acl AS d LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
      JOIN (VALUES ('r', 'TABLES'), ('S', 'SEQUENCES'), ('f', 'FUNCTIONS'), ('T', 'TYPES'),
        ('n', 'SCHEMAS'), ('L', 'LARGE OBJECTS')) AS objects (letter, words)
        ON objects.letter = d.defaclobjtype::text
    WHERE d.defaclnamespace = 0 OR d.defaclnamespace IN ${schemas}`,
  address: ({ name }) => `DEFAULT PRIVILEGES ${name}`,
  create: (defaults) => [
    ...(defaults.revoked ?? []).map((one) => statement(defaults, "REVOKE", one)),
    ...(defaults.granted ?? []).map((one) => statement(defaults, "GRANT", one)),
  ],
  grantee: () => undefined,
  drop: (defaults) => [
    ...(defaults.granted ?? []).map((one) => statement(defaults, "REVOKE", one)),
    ...(defaults.revoked ?? []).map((one) => statement(defaults, "GRANT", one)),
  ],
};

function statement(
  { role, schema, objects }: DefaultPrivileges,
  verb: "GRANT" | "REVOKE",
  given: Privileges,
): string {
  const to = given.role === "PUBLIC" ? "PUBLIC" : quoteIfNeeded(given.role);
  return `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIfNeeded(role)}` +
    (schema === undefined ? "" : ` IN SCHEMA ${quoteIfNeeded(schema)}`) +
    ` ${verb} ${given.privileges.join(", ")} ON ${objects} ${
      verb === "GRANT" ? "TO" : "FROM"
    } ${to}` +
    (verb === "GRANT" && given.grantOption ? " WITH GRANT OPTION" : "");
}

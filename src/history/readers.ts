// Pure.
/**
 * Grants roles the privileges to read migrator's tables, so that services can wait for their schema.
 *
 * @module
 */

import type { Row } from "../connection/session/session.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { schemaInstallLock } from "./schema.ts";
import type { ReaderPrivileges } from "./history.ts";

/** The tables and views that `status` and `wait` read, and that a person reads with psql. */
const READABLE = ["databases", "migration_logs", "status", "dirty"];

/** PostgreSQL's name for all roles; no role can have it. */
const EVERYBODY = "public";

const ABSENT = `(wanted.role <> '${EVERYBODY}' AND r.oid IS NULL)`;

/**
 * An SQL expression: as JSON, the roles that may not read all of these; NULL when all may. The source of
 * a privilege does not matter: a grant to the role, to a role that it is a member of, or to PUBLIC.
 */
export function readersExpression(schema: string, readers: readonly string[]): string {
  if (readers.length === 0) return "NULL::pg_catalog.text";
  const roles = readers.map((role) => quoteLiteral(nameOf(role))).join(", ");
  const ours = `(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = ${quoteLiteral(schema)})`;
  return `(SELECT pg_catalog.json_agg(pg_catalog.json_build_object('role', wanted.role,
      'absent', ${ABSENT}, 'lacks', coalesce(lacking.names, '[]'),
      'grantable', lacking.grantable) ORDER BY wanted.role)::pg_catalog.text
    FROM pg_catalog.unnest(ARRAY[${roles}]::pg_catalog.text[]) AS wanted (role)
    LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = wanted.role
    CROSS JOIN LATERAL (
      SELECT pg_catalog.json_agg(thing.name) AS names,
        pg_catalog.bool_and(pg_catalog.pg_has_role(thing.owner, 'USAGE')) AS grantable
      FROM (
        SELECT '' AS name, nspowner AS owner, pg_catalog.has_schema_privilege(
          coalesce(r.oid, 0), oid, 'USAGE') AS granted
        FROM pg_catalog.pg_namespace WHERE oid = ${ours}
        UNION ALL SELECT relname, relowner, pg_catalog.has_table_privilege(
          coalesce(r.oid, 0), oid, 'SELECT')
        FROM pg_catalog.pg_class WHERE relnamespace = ${ours}
          AND relname IN (${READABLE.map(quoteLiteral).join(", ")})
      ) AS thing WHERE NOT thing.granted
    ) AS lacking WHERE lacking.names IS NOT NULL OR ${ABSENT})`;
}

/** Converts the value of `readersExpression`, in the column `readers`. */
export function toReaders(row: Row | undefined): readonly ReaderPrivileges[] {
  const found = JSON.parse(row?.["readers"] ?? "[]") as {
    readonly role: string;
    readonly absent: boolean;
    readonly lacks: readonly string[];
    readonly grantable: boolean;
  }[];
  return found.map(({ role, absent, lacks, grantable }) => ({
    role,
    lacks,
    problem: absent ? "absent" : grantable ? "not-granted" : "not-ours",
  }));
}

/** Statements that grant the missing privileges; send them as one transaction. */
export function grantReading(
  schema: string,
  readers: readonly ReaderPrivileges[],
): readonly string[] {
  // Two concurrent grants on one table are an error, and several databases may share these tables.
  return [
    schemaInstallLock(schema),
    ...readers.flatMap(({ role, lacks }) => lacks.map((name) => grantOf(schema, { role, name }))),
  ];
}

/** The commands for the owner of the tables, for when this run may not grant. */
export function grantCommands(schema: string, { role, lacks }: ReaderPrivileges): string {
  return lacks.map((name) => grantOf(schema, { role, name })).join("; ");
}

function grantOf(
  schema: string,
  { role, name }: { readonly role: string; readonly name: string },
): string {
  const s = quoteIdentifier(schema);
  return (name === "" ? `GRANT USAGE ON SCHEMA ${s}` : `GRANT SELECT ON ${s}.${name}`) +
    ` TO ${quoteIdentifier(role)}`;
}

function nameOf(role: string): string {
  return role.toLowerCase() === EVERYBODY ? EVERYBODY : role;
}

/**
 * Who else may write what we would run.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import type { Session } from "../connection/session/session.ts";
import { Failure } from "../failure.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import type { MigratorTables } from "./trust.ts";

/** A member writes every table, whoever owns it; since PostgreSQL 14. */
const WRITES_ALL = "pg_write_all_data";

/** What is run, and what says that it is what was applied. */
const VOUCHING = ["migration_definitions", "migration_logs"];

/** Rights by which rows change, or get company. */
const WRITES = "INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER";

/**
 * SQL from a table is run with the rights of whoever migrates. So the definitions, and the history
 * that vouches for them, must be that role's own or a superuser's, and nobody else may write them:
 * otherwise a role with less rights could borrow them. A role that shares the owner's rights has only
 * itself to lend, but is refused as well: its fellows would be lent ours.
 *
 * @throws {Failure} `history/untrusted`.
 */
export async function assertNoOtherWriters(
  session: Session,
  { schema, database, tables = VOUCHING }: MigratorTables,
): Promise<void> {
  const rows = await catalogRead(
    session,
    `SELECT c.relname AS name, o.rolname AS owner, me.rolname AS role,
      o.oid = me.oid OR o.rolsuper AS own,
      (SELECT pg_catalog.string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC'
          ELSE pg_catalog.quote_ident(g.rolname) END, ', ')
        FROM (SELECT (pg_catalog.aclexplode(c.relacl)).*
          UNION ALL SELECT (pg_catalog.aclexplode(attacl)).* FROM pg_catalog.pg_attribute
            WHERE attrelid = c.oid) AS a LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = a.grantee
        WHERE a.grantee NOT IN (c.relowner, me.oid) AND g.rolsuper IS NOT TRUE
          AND a.privilege_type IN (${WRITES.replaceAll(/\w+/g, "'$&'")})) AS writers,
      (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(r.rolname), ', ')
        FROM pg_catalog.pg_auth_members AS m
        JOIN pg_catalog.pg_roles AS r ON r.oid = m.member
        WHERE m.roleid = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = '${WRITES_ALL}')
          AND r.oid <> me.oid AND NOT r.rolsuper) AS writes_all
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_roles AS o ON o.oid = c.relowner
    JOIN pg_catalog.pg_roles AS me ON me.rolname = CURRENT_USER
    WHERE n.nspname = ${quoteLiteral(schema)}
      AND c.relname IN (${tables.map(quoteLiteral).join(", ")})
    ORDER BY 1`,
  );
  for (const { name, owner, role, own, writers, writes_all: all } of rows) {
    const table = `${quoteIdentifier(schema)}.${name}`;
    const refuse = (because: string, hint: string) =>
      new Failure(
        "history/untrusted",
        `Refused to run what the database keeps of "${database}" in ${table}: ${because}.`,
        { hint, facts: { database, object: table, owner } },
      );
    if (own !== "t") {
      throw refuse(
        `it belongs to role "${owner}", and this run is "${role}"`,
        `Connect as "${owner}", or use the executable that carries these migrations.`,
      );
    }
    if (writers) {
      throw refuse(
        `${writers} may write it too`,
        `After looking at what is in it: REVOKE ${WRITES} ON ${table} FROM ${writers}`,
      );
    }
    if (all) {
      throw refuse(
        `${all} may write it too, as a member of ${WRITES_ALL}`,
        `REVOKE ${WRITES_ALL} FROM ${all}, or use the executable that carries these migrations.`,
      );
    }
  }
}

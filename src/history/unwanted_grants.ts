// Pure.
/**
 * Revokes privileges that other roles have on migrator's tables from the moment of their creation.
 *
 * `ALTER DEFAULT PRIVILEGES … GRANT ALL ON TABLES TO app`, or an event trigger, grants them. A role that
 * may write these tables could have SQL run with the privileges of the migrating role, so migrator would
 * refuse its own new tables. The transaction that creates the tables also revokes these privileges; only
 * SELECT stays granted.
 *
 * @module
 */

import { quoteLiteral } from "../sql/identifier.ts";

/**
 * A query for the REVOKE statements, in the column `revoke`. Send it in the transaction that has created
 * the tables.
 *
 * @param made.relations Names of the new tables and views; their sequences are included.
 * @param made.isSchemaNew CREATE on the schema is revoked, too.
 */
export function unwantedGrants(
  schema: string,
  made: { readonly relations: readonly string[]; readonly isSchemaNew: boolean },
): string {
  return `WITH made AS (
    SELECT c.oid, c.relkind, c.relacl, c.relowner,
      pg_catalog.format('%I.%I', n.nspname, c.relname) AS named
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ${quoteLiteral(schema)}
      AND c.relname = ANY (ARRAY[${made.relations.map(quoteLiteral).join(", ")}]::text[])
  ), objects AS (
    SELECT 'TABLE ' || named AS named, relacl AS acl, relowner AS owner, 'SELECT' AS kept
    FROM made
  UNION ALL
    SELECT pg_catalog.format('SEQUENCE %s', s.oid::pg_catalog.regclass), s.relacl, s.relowner, 'SELECT'
    FROM made
    JOIN pg_catalog.pg_depend AS d ON d.refobjid = made.oid AND d.deptype = 'i'
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
  UNION ALL
    SELECT pg_catalog.format('SCHEMA %I', nspname), nspacl, nspowner, 'USAGE'
    FROM pg_catalog.pg_namespace
    WHERE nspname = ${quoteLiteral(schema)} AND ${made.isSchemaNew}
  )
  SELECT pg_catalog.format('REVOKE %s ON %s FROM %s CASCADE',
    pg_catalog.string_agg(DISTINCT a.privilege_type, ', '), named,
    CASE a.grantee WHEN 0 THEN 'PUBLIC'
      ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END) AS revoke
  FROM objects CROSS JOIN LATERAL pg_catalog.aclexplode(acl) AS a
  WHERE a.grantee <> owner AND a.privilege_type <> kept
  GROUP BY named, a.grantee
  ORDER BY 1`;
}

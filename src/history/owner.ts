// Pure.
/**
 * Finds the role with which to act as an owner.
 *
 * @module
 */

/**
 * An SQL expression: the quoted name of the role to connect as in order to act as the owner with that
 * oid. `pg_database_owner` (PostgreSQL 14 and later) cannot log in; it stands for the database's owner.
 */
export function ownerToConnectAs(oid: string): string {
  return `(SELECT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(
      CASE o.rolname WHEN 'pg_database_owner' THEN d.datdba ELSE o.oid END))
    FROM pg_catalog.pg_roles AS o, pg_catalog.pg_database AS d
    WHERE o.oid = ${oid} AND d.datname = pg_catalog.current_database())`;
}

// Pure.
/**
 * Pieces of the queries that read the catalog. All of them count on a search_path on which only
 * pg_catalog is.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";

/** What a reading query may depend on. */
export interface ReadingContext {
  /** `server_version_num`. */
  readonly version: number;
  /** A subquery with the oids of the PostgreSQL schemas that are described. */
  readonly schemas: string;
}

/** The schemas of users, without those that are named. */
export function schemasSubquery(excluded: readonly string[]): string {
  const names = ["information_schema", ...excluded].map(quoteLiteral).join(", ");
  return `(SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN (${names}))`;
}

/** True for what belongs to no extension. */
export function isNoMember(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend AS member WHERE member.classid = '${catalog}'::regclass
    AND member.objid = ${oid} AND member.deptype = 'e')`;
}

/** True for what was not there when the server was set up. */
export function isUserMade(oid: string): string {
  return `${oid} >= 16384`;
}

/** `{"fillfactor": "70"}` of a `text[]`; null of null. */
export function options(array: string): string {
  return `(SELECT json_object_agg(option_name, coalesce(option_value, ''))
    FROM pg_options_to_table(${array}))`;
}

/** JSON's true, or null, so that what does not hold is absent. */
export function whenTrue(condition: string): string {
  return `CASE WHEN ${condition} THEN true END`;
}

/** A relation's name, qualified and quoted where needed; null for none. */
export function relationName(oid: string): string {
  return `(SELECT format('%I.%I', named_n.nspname, named.relname) FROM pg_class AS named
    JOIN pg_namespace AS named_n ON named_n.oid = named.relnamespace WHERE named.oid = ${oid})`;
}

/** A collation's name, unless it is the one that the type has anyway. */
export function collationUnless(oid: string, usual: string): string {
  return `CASE WHEN ${oid} <> 0 AND ${oid} <> ${usual} THEN ${oid}::regcollation::text END`;
}

/** A tablespace's name; null for the database's own. */
export function tablespaceName(oid: string): string {
  return `(SELECT spcname FROM pg_tablespace WHERE oid = ${oid})`;
}

/** Which privileges. */
export interface AclColumns {
  /** The `aclitem[]`. */
  readonly acl: string;
  /** What the object has when nobody granted or revoked anything: an `aclitem[]` too. */
  readonly initial: string;
  readonly owner: string;
}

/** What an object of the type of acldefault() has from the start. */
export function initialAcl(type: string, owner: string): string {
  return `acldefault('${type}', ${owner})`;
}

/** Pairs for json_build_object: `granted` and `revoked`, each null where there is nothing. */
export function privileges({ acl, initial, owner }: AclColumns): string {
  return `'granted', ${difference(acl, initial, owner)},
    'revoked', ${difference(initial, acl, owner)}`
    .replaceAll("@present", `${acl} IS NOT NULL`);
}

function difference(acl: string, other: string, owner: string): string {
  return `CASE WHEN @present THEN (SELECT json_agg(json_build_object(
      'role', grants.role, 'privileges', grants.privileges,
      'grantOption', ${whenTrue("grants.is_grantable")},
      'grantor', CASE WHEN grants.grantor <> ${owner} THEN pg_get_userbyid(grants.grantor) END)
      ORDER BY grants.grantor <> ${owner}, grants.role, grants.is_grantable,
        pg_get_userbyid(grants.grantor))
    FROM (SELECT x.grantor, x.is_grantable, json_agg(x.privilege_type ORDER BY x.privilege_type)
        AS privileges, CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee) END AS role
      FROM (SELECT * FROM aclexplode(${acl}) EXCEPT SELECT * FROM aclexplode(${other})) AS x
      GROUP BY x.grantor, x.is_grantable, x.grantee) AS grants) END`;
}

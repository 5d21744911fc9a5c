// Pure.
/**
 * One query for objects of other roles on migrator's tables whose code would run with the privileges of
 * the current role.
 *
 * Each row has the one statement that removes the object. None of these statements loses a row of the
 * history, because people run them without reading twice.
 *
 * @module
 */

import { quoteLiteral } from "../sql/identifier.ts";

/** Whether a message reads or writes migrator's tables. */
export type Touch = "read" | "write";

/** The first oid of user objects (FirstNormalObjectId); smaller ones are PostgreSQL's own. */
const FIRST_NORMAL_OID = 16384;

/**
 * An SQL condition: whether the owner is trusted, because it is the current role, a superuser, or a role
 * whose privileges the current role has. A superuser has the privileges of every role, but that does not
 * make every role trusted: running code as a superuser is what an attacker wants.
 */
export function isTrusted(owner: string): string {
  return `EXISTS (
    SELECT FROM pg_catalog.pg_roles AS o, pg_catalog.pg_roles AS me
    WHERE o.oid = ${owner} AND me.rolname = CURRENT_USER
      AND (o.oid = me.oid OR o.rolsuper
        OR NOT me.rolsuper AND pg_catalog.pg_has_role(me.oid, o.oid, 'USAGE')))`;
}

/**
 * Objects that could run another role's function when a table is read, or a read is planned. `c` is the
 * table in `pg_class`, `c.named` its quoted name. The columns are `says` and `removal`, which is NULL if
 * no statement removes the object.
 */
const ON_READING = `
  SELECT 'is not a plain table', NULL
  WHERE c.relkind <> 'r'
UNION ALL
  -- Row level security that is not active for this role runs nothing: an owner is exempt from it.
  SELECT 'has row level security, which is active for this role',
    pg_catalog.format('ALTER TABLE %s %s ROW LEVEL SECURITY', c.named,
      CASE WHEN c.relforcerowsecurity THEN 'NO FORCE' ELSE 'DISABLE' END)
  WHERE c.relrowsecurity AND pg_catalog.row_security_active(c.oid)
UNION ALL
  SELECT pg_catalog.format('has the rule %I', r.rulename),
    pg_catalog.format('DROP RULE %I ON %s', r.rulename, c.named)
  FROM pg_catalog.pg_rewrite AS r
  WHERE c.relhasrules AND c.relkind = 'r' AND r.ev_class = c.oid
UNION ALL
  SELECT pg_catalog.format('inherits from %s', i.inhparent::pg_catalog.regclass),
    CASE WHEN c.relispartition
      THEN pg_catalog.format('ALTER TABLE %s DETACH PARTITION %s',
        i.inhparent::pg_catalog.regclass, c.named)
      ELSE pg_catalog.format('ALTER TABLE %s NO INHERIT %s',
        c.named, i.inhparent::pg_catalog.regclass) END
  FROM pg_catalog.pg_inherits AS i
  WHERE i.inhrelid = c.oid
UNION ALL
  SELECT pg_catalog.format('has the child %s', i.inhrelid::pg_catalog.regclass),
    pg_catalog.format('ALTER TABLE %s NO INHERIT %s', i.inhrelid::pg_catalog.regclass, c.named)
  FROM pg_catalog.pg_inherits AS i
  WHERE i.inhparent = c.oid AND c.relkind = 'r'
UNION ALL
  SELECT pg_catalog.format('has the check constraint %I', k.conname),
    pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', c.named, k.conname)
  FROM pg_catalog.pg_constraint AS k
  WHERE c.relchecks > 0 AND k.conrelid = c.oid AND k.contype = 'c'
UNION ALL
  SELECT pg_catalog.format('has an index over an expression or with a condition, %s',
      i.indexrelid::pg_catalog.regclass),
    CASE WHEN k.oid IS NULL
      THEN pg_catalog.format('DROP INDEX %s', i.indexrelid::pg_catalog.regclass)
      ELSE pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', c.named, k.conname) END
  FROM pg_catalog.pg_index AS i
  LEFT JOIN pg_catalog.pg_constraint AS k ON k.conindid = i.indexrelid AND k.conrelid = c.oid
  WHERE c.relhasindex AND i.indrelid = c.oid
    AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
UNION ALL
  SELECT pg_catalog.format('has the extended statistics %I.%I', n.nspname, s.stxname),
    pg_catalog.format('DROP STATISTICS %I.%I', n.nspname, s.stxname)
  FROM pg_catalog.pg_statistic_ext AS s
  JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
  WHERE s.stxrelid = c.oid
UNION ALL
  SELECT pg_catalog.format('has the generated column %I', a.attname),
    -- A virtual column stores nothing, and cannot be made a plain one.
    pg_catalog.format(CASE a.attgenerated
      WHEN 'v' THEN 'ALTER TABLE %s DROP COLUMN %I'
      ELSE 'ALTER TABLE %s ALTER COLUMN %I DROP EXPRESSION' END, c.named, a.attname)
  FROM pg_catalog.pg_attribute AS a
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attgenerated <> ''
UNION ALL
  SELECT pg_catalog.format('has the column %I of type %s, which is not PostgreSQL''s own', a.attname,
      pg_catalog.format_type(a.atttypid, a.atttypmod)),
    pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I TYPE text', c.named, a.attname)
  FROM pg_catalog.pg_attribute AS a
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.atttypid >= ${FIRST_NORMAL_OID}`;

/** What is said of a table whose rows a crash of the server would delete. */
export const IS_UNLOGGED = "is unlogged";

/**
 * Objects that could run another role's function when a table is written, and a table that would not
 * keep what is written; columns as above.
 */
const ON_WRITING = `
  SELECT '${IS_UNLOGGED}', pg_catalog.format('ALTER TABLE %s SET LOGGED', c.named)
  WHERE c.relkind = 'r' AND c.relpersistence <> 'p'
UNION ALL
  SELECT pg_catalog.format('belongs to role %I', pg_catalog.pg_get_userbyid(c.relowner)),
    pg_catalog.format('ALTER TABLE %s OWNER TO %I', c.named, CURRENT_USER)
  WHERE NOT ${isTrusted("c.relowner")}
UNION ALL
  SELECT pg_catalog.format('has the trigger %I', t.tgname),
    pg_catalog.format('DROP TRIGGER %I ON %s', t.tgname, c.named)
  FROM pg_catalog.pg_trigger AS t
  WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D'
UNION ALL
  SELECT pg_catalog.format('may be given triggers by %s', who.name),
    pg_catalog.format('REVOKE TRIGGER ON %s FROM %s%s', c.named, who.name,
      CASE WHEN a.is_grantable THEN ' CASCADE' ELSE '' END)
  FROM pg_catalog.aclexplode(c.relacl) AS a
  CROSS JOIN LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC'
    ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END) AS who (name)
  WHERE a.grantee <> c.relowner AND a.privilege_type = 'TRIGGER' AND NOT ${isTrusted("a.grantee")}
UNION ALL
  -- Columns that may not be NULL need a default that is ours: not all of our statements name them.
  SELECT pg_catalog.format('has a default that is not ours for column %I', a.attname),
    pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I %s', c.named, a.attname,
      CASE WHEN NOT a.attnotnull THEN 'DROP DEFAULT' ELSE CASE
        pg_catalog.format_type(a.atttypid, NULL)
        WHEN 'boolean' THEN 'SET DEFAULT false'
        WHEN 'jsonb' THEN 'SET DEFAULT ''{}'''
        WHEN 'integer' THEN 'SET DEFAULT 0'
        WHEN 'smallint' THEN 'SET DEFAULT 0'
        WHEN 'bigint' THEN 'SET DEFAULT 0'
        WHEN 'double precision' THEN 'SET DEFAULT 0'
        ELSE 'DROP DEFAULT' END END)
  FROM pg_catalog.pg_attrdef AS d
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  -- pg_get_expr opens the table and waits for whoever has locked it. The planner may ask it of every
  -- default in the database first; the CASE lets it ask of those of this table only.
  WHERE d.adrelid = c.oid AND a.attgenerated = ''
    AND CASE WHEN d.adrelid = c.oid THEN pg_catalog.pg_get_expr(d.adbin, c.oid) END
      NOT IN ('0', 'false', '''{}''::jsonb')`;

/** The schema and migrator's views, if another role owns them. */
function aroundTheTables(schema: string, views: readonly string[]): string {
  return `
  SELECT 'write', pg_catalog.format('the schema %I', n.nspname), n.nspowner,
    pg_catalog.format('belongs to role %I', pg_catalog.pg_get_userbyid(n.nspowner)),
    pg_catalog.format('ALTER SCHEMA %I OWNER TO %I', n.nspname, CURRENT_USER)
  FROM pg_catalog.pg_namespace AS n
  WHERE n.nspname = ${quoteLiteral(schema)} AND NOT ${isTrusted("n.nspowner")}
UNION ALL
  SELECT 'write', c.named, c.relowner, found.says, found.removal
  FROM ours AS c
  CROSS JOIN LATERAL (
    SELECT pg_catalog.format('belongs to role %I', pg_catalog.pg_get_userbyid(c.relowner)),
      pg_catalog.format('ALTER TABLE %s OWNER TO %I', c.named, CURRENT_USER)
    WHERE NOT ${isTrusted("c.relowner")}
  UNION ALL
    SELECT 'is not a view', pg_catalog.format('ALTER TABLE %s RENAME TO %I', c.named,
      c.relname || '_before_migrator')
    WHERE c.relkind NOT IN ('v', 'i', 'S')
  ) AS found (says, removal)
  WHERE c.relname IN (${views.map(quoteLiteral).join(", ")})
UNION ALL`;
}

function onTables(
  tables: readonly string[],
  { touch, found }: { readonly touch: Touch; readonly found: string },
): string {
  return `
  SELECT '${touch}', c.named, c.relowner, found.says, found.removal
  FROM ours AS c
  CROSS JOIN LATERAL (${found}
  ) AS found (says, removal)
  WHERE c.relname IN (${tables.map(quoteLiteral).join(", ")})`;
}

/**
 * A query for all foreign objects, one row each: `touch` (`read` or `write`), `object`, `owner` (an oid),
 * `says` and `removal`. Send it with migrator's own search_path.
 *
 * @param ours.schema Unquoted.
 */
export function foreignObjects(
  { schema, tables, views }: {
    readonly schema: string;
    readonly tables: readonly string[];
    readonly views: readonly string[];
  },
  touch: Touch,
): string {
  return `WITH ours AS (
  SELECT c.*, pg_catalog.format('%I.%I', n.nspname, c.relname) AS named
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = ${quoteLiteral(schema)}
)${touch === "write" ? aroundTheTables(schema, views) : ""}
${onTables(tables, { touch: "read", found: ON_READING })}${
    touch === "write" ? `\nUNION ALL${onTables(tables, { touch, found: ON_WRITING })}` : ""
  }`;
}

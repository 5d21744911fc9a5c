/**
 * A database's schema as text, for comparing what a migration leaves behind.
 *
 * Made from pg_catalog alone, so that it cannot share a mistake with what it is used to test. Every
 * entry starts with its kind and qualified name, continuation lines are indented, and entries are
 * sorted: two texts can be compared by equality and read as a diff.
 *
 * Two things are left out on purpose: the position of columns, because a column that was dropped and
 * came back is always the last one; and the values of sequences, because they are data.
 *
 * @module
 */

/** Runs several statements as one message (one implicit transaction); the rows of the last one. */
export type RunSql = (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** What to describe. */
export interface CatalogOptions {
  /**
   * Only what is in these. Default: the whole database but `pg_*`, `information_schema` and
   * `migrator`, with what belongs to no schema, such as extensions and event triggers.
   */
  readonly schemas?: readonly string[];
}

/**
 * Describes schemas, extensions, tables, columns, constraints, indexes, sequences, views, functions,
 * aggregates, triggers, rules, policies, types, comments, grants, default privileges and the rest by
 * name. What an extension owns is left out.
 */
export async function describeCatalog(sql: RunSql, options: CatalogOptions = {}): Promise<string> {
  const { schemas } = options;
  const inScope = schemas === undefined
    ? `nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'migrator')`
    : `nspname IN (${schemas.map((name) => `'${name.replaceAll("'", "''")}'`).join(", ")})`;
  const entries = schemas === undefined ? [...IN_SCHEMAS, ...IN_DATABASE] : IN_SCHEMAS;
  // With an empty search_path the server itself qualifies every name that it prints.
  const rows = await sql(`SET LOCAL search_path = '';
    WITH scope AS (SELECT oid, nspname, nspowner, nspacl FROM pg_catalog.pg_namespace
      WHERE ${inScope}),
    extended AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
      UNION ALL SELECT 'pg_catalog.pg_class'::regclass, typrelid FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_depend ON classid = 'pg_catalog.pg_type'::regclass AND objid = t.oid
        WHERE deptype = 'e' AND typrelid <> 0),
    rel AS (SELECT c.* FROM pg_catalog.pg_class c JOIN scope ON scope.oid = c.relnamespace
      WHERE NOT EXISTS (SELECT FROM extended
        WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid))
    ${entries.join("\nUNION ALL\n")}`);
  return rows
    .map((row) => String(row["line"]).trimEnd().replaceAll("\n", "\n    "))
    .sort()
    .map((entry) => `${entry}\n`)
    .join("");
}

/** SQL that is false for what an extension owns. */
function isOurs(catalog: string, alias: string): string {
  return `NOT EXISTS (SELECT FROM extended
    WHERE classid = 'pg_catalog.${catalog}'::regclass AND objid = ${alias}.oid)`;
}

/** SQL for one line per grantee. A null ACL counts as the default one that it stands for. */
function grants(from: string, acl: string): string {
  return `SELECT format('grant %s to %s: %s', object,
      CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
      string_agg(privilege_type || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END,
        ', ' ORDER BY privilege_type))
    FROM (${from}) AS granted, LATERAL aclexplode(${acl}) AS entry
    GROUP BY object, grantee`;
}

const IN_SCHEMAS = [
  `SELECT format('schema %I, owner %s', nspname, nspowner::regrole) AS line FROM scope`,
  `SELECT concat_ws(', ',
      format('%s %s', CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table'
        WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
        WHEN 'c' THEN 'composite type' END, c.oid::regclass),
      'owner ' || relowner::regrole,
      CASE relpersistence WHEN 'u' THEN 'unlogged' END,
      'access method ' || (SELECT amname FROM pg_am WHERE oid = relam),
      'tablespace ' || (SELECT spcname FROM pg_tablespace WHERE oid = reltablespace),
      'options ' || array_to_string(reloptions, ' '),
      CASE WHEN relrowsecurity THEN 'row security' END,
      CASE WHEN relforcerowsecurity THEN 'forced row security' END,
      CASE WHEN relreplident NOT IN ('d', 'n') OR relreplident = 'n' AND relkind IN ('r', 'p')
        THEN 'replica identity ' || relreplident::text END,
      CASE WHEN NOT relispopulated THEN 'not populated' END,
      CASE WHEN reloftype <> 0 THEN 'of ' || reloftype::regtype END,
      'partitioned by ' || CASE relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END,
      'inherits ' || (SELECT string_agg(inhparent::regclass::text
        || CASE WHEN to_jsonb(i)->>'inhdetachpending' = 'true' THEN ' (detaching)' ELSE '' END,
        ' ' ORDER BY inhseqno) FROM pg_inherits i WHERE inhrelid = c.oid AND c.relkind <> 'I'),
      'bound ' || pg_get_expr(relpartbound, c.oid),
      (SELECT format('server %I options %s', srvname, ftoptions) FROM pg_foreign_table
        JOIN pg_foreign_server s ON s.oid = ftserver WHERE ftrelid = c.oid))
      || CASE WHEN relkind IN ('v', 'm') THEN E'\\n' || pg_get_viewdef(c.oid) ELSE '' END
    FROM rel c WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c')`,
  `SELECT concat_ws(' ', format('column %s.%I', c.oid::regclass, attname),
      format_type(atttypid, atttypmod),
      CASE WHEN attcollation NOT IN (0, 'default'::regcollation) THEN 'collate ' || attcollation::regcollation END,
      CASE WHEN attnotnull THEN 'not null' END,
      CASE attidentity WHEN 'a' THEN 'generated always as identity'
        WHEN 'd' THEN 'generated by default as identity' END,
      CASE attgenerated WHEN '' THEN 'default ' WHEN 's' THEN 'generated stored '
        ELSE 'generated virtual ' END || pg_get_expr(adbin, adrelid),
      'storage ' || attstorage::text,
      CASE WHEN NOT attislocal THEN 'inherited' END,
      'options ' || array_to_string(attoptions, ' '),
      'foreign options ' || array_to_string(attfdwoptions, ' '))
    FROM rel c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c')`,
  `SELECT format('constraint %I on %s: %s%s%s', conname, c.oid::regclass,
      pg_get_constraintdef(k.oid),
      CASE WHEN convalidated THEN '' ELSE ' (not validated)' END,
      CASE WHEN conislocal THEN '' ELSE ' (inherited)' END)
    FROM pg_constraint k JOIN rel c ON c.oid = conrelid WHERE contype <> 't'`,
  `SELECT format('index %s: %s%s%s%s%s', c.oid::regclass, pg_get_indexdef(c.oid),
      CASE WHEN indisvalid THEN '' ELSE ' (invalid)' END,
      CASE WHEN indisready THEN '' ELSE ' (not ready)' END,
      CASE WHEN indisclustered THEN ' (clustered)' ELSE '' END,
      CASE WHEN indisreplident THEN ' (replica identity)' ELSE '' END)
    FROM rel c JOIN pg_index ON indexrelid = c.oid WHERE indrelid IN (SELECT oid FROM rel)`,
  `SELECT concat_ws(' ', format('sequence %s', c.oid::regclass), seqtypid::regtype,
      'start', seqstart, 'increment', seqincrement, 'min', seqmin, 'max', seqmax, 'cache', seqcache,
      CASE WHEN seqcycle THEN 'cycle' END, 'owner', relowner::regrole,
      CASE relpersistence WHEN 'u' THEN 'unlogged' END,
      (SELECT format('owned by %s.%I', attrelid::regclass, attname) FROM pg_depend
        JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
        WHERE classid = 'pg_class'::regclass AND objid = c.oid AND objsubid = 0
          AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')))
    FROM rel c JOIN pg_sequence ON seqrelid = c.oid`,
  `SELECT CASE prokind
      WHEN 'a' THEN format(E'aggregate %s, owner %s\\n%s', p.oid::regprocedure, proowner::regrole,
        (SELECT to_jsonb(a) - 'aggfnoid' || jsonb_build_object('aggtranstype', aggtranstype::regtype,
          'aggmtranstype', aggmtranstype::regtype, 'aggsortop', aggsortop::regoperator) FROM pg_aggregate a WHERE aggfnoid = p.oid))
      ELSE format(E'function %s, owner %s\\n%s', p.oid::regprocedure, proowner::regrole,
        pg_get_functiondef(p.oid)) END
    FROM pg_proc p JOIN scope ON scope.oid = pronamespace WHERE ${isOurs("pg_proc", "p")}`,
  `SELECT format('trigger %I on %s: %s, enabled %s', tgname, c.oid::regclass,
      pg_get_triggerdef(t.oid), tgenabled)
    FROM pg_trigger t JOIN rel c ON c.oid = tgrelid WHERE NOT tgisinternal`,
  `SELECT format('rule %I on %s: %s enabled %s', rulename, c.oid::regclass,
      pg_get_ruledef(r.oid), ev_enabled)
    FROM pg_rewrite r JOIN rel c ON c.oid = ev_class WHERE rulename <> '_RETURN'`,
  `SELECT format('policy %I on %s: %s, command %s, roles %s, using %s, check %s', polname,
      c.oid::regclass, CASE WHEN polpermissive THEN 'permissive' ELSE 'restrictive' END, polcmd,
      (SELECT string_agg(CASE role WHEN 0 THEN 'PUBLIC' ELSE role::regrole::text END, ' '
        ORDER BY role::regrole::text) FROM unnest(polroles) AS role),
      pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
    FROM pg_policy JOIN rel c ON c.oid = polrelid`,
  `SELECT format('statistics %I.%I, owner %s: %s, target %s', nspname, stxname, stxowner::regrole,
      pg_get_statisticsobjdef(s.oid), to_jsonb(s)->>'stxstattarget')
    FROM pg_statistic_ext s JOIN scope ON scope.oid = stxnamespace`,
  `SELECT concat_ws(', ',
      format('%s %s', CASE typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain'
        WHEN 'r' THEN 'range' ELSE 'type' END, t.oid::regtype),
      'owner ' || typowner::regrole,
      'labels ' || (SELECT string_agg(quote_literal(enumlabel), ' ' ORDER BY enumsortorder)
        FROM pg_enum WHERE enumtypid = t.oid),
      CASE WHEN typtype = 'd' THEN concat_ws(' ', 'as', format_type(typbasetype, typtypmod),
        CASE WHEN typcollation <> 0 THEN 'collate ' || typcollation::regcollation END,
        CASE WHEN typnotnull THEN 'not null' END, 'default ' || typdefault) END,
      (SELECT string_agg(format('constraint %I %s', conname, pg_get_constraintdef(oid)), ' '
        ORDER BY conname) FROM pg_constraint WHERE contypid = t.oid),
      (SELECT format('of %s', rngsubtype::regtype) FROM pg_range WHERE rngtypid = t.oid))
    FROM pg_type t JOIN scope ON scope.oid = typnamespace
    WHERE typtype IN ('e', 'd', 'r', 'b') AND ${isOurs("pg_type", "t")}
      AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)`,
  `SELECT format('%s %s', type, identity)
    FROM (SELECT tableoid AS class, oid, oprnamespace AS nsp FROM pg_operator
      UNION ALL SELECT tableoid, oid, opcnamespace FROM pg_opclass
      UNION ALL SELECT tableoid, oid, opfnamespace FROM pg_opfamily
      UNION ALL SELECT tableoid, oid, collnamespace FROM pg_collation
      UNION ALL SELECT tableoid, oid, connamespace FROM pg_conversion
      UNION ALL SELECT tableoid, oid, cfgnamespace FROM pg_ts_config
      UNION ALL SELECT tableoid, oid, dictnamespace FROM pg_ts_dict
      UNION ALL SELECT tableoid, oid, prsnamespace FROM pg_ts_parser
      UNION ALL SELECT tableoid, oid, tmplnamespace FROM pg_ts_template) AS o
    JOIN scope ON scope.oid = nsp, LATERAL pg_identify_object(class, o.oid, 0)
    WHERE NOT EXISTS (SELECT FROM extended WHERE classid = class AND objid = o.oid)`,
  grants(
    `SELECT 'schema ' || quote_ident(nspname) AS object,
      coalesce(nspacl, acldefault('n', nspowner)) AS acl FROM scope`,
    "acl",
  ),
  grants(
    `SELECT CASE relkind WHEN 'S' THEN 'sequence ' ELSE 'table ' END || c.oid::regclass AS object,
      coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
        AS acl
    FROM rel c WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')`,
    "acl",
  ),
  grants(
    `SELECT format('column %s.%I', c.oid::regclass, attname) AS object, attacl AS acl
    FROM rel c JOIN pg_attribute ON attrelid = c.oid AND NOT attisdropped`,
    "acl",
  ),
  grants(
    `SELECT 'function ' || p.oid::regprocedure AS object,
      coalesce(proacl, acldefault('f', proowner)) AS acl
    FROM pg_proc p JOIN scope ON scope.oid = pronamespace WHERE ${isOurs("pg_proc", "p")}`,
    "acl",
  ),
  grants(
    `SELECT 'type ' || t.oid::regtype AS object, coalesce(typacl, acldefault('T', typowner)) AS acl
    FROM pg_type t JOIN scope ON scope.oid = typnamespace
    WHERE typtype IN ('e', 'd', 'r') AND ${isOurs("pg_type", "t")}`,
    "acl",
  ),
  `SELECT format('comment on %s %s: %s', named.type, named.identity, description)
    FROM pg_description d
    CROSS JOIN LATERAL pg_identify_object(classoid, objoid, objsubid) AS named
    CROSS JOIN LATERAL pg_identify_object_as_address(classoid, objoid, objsubid) AS address
    WHERE (objoid >= 16384 OR classoid = 'pg_namespace'::regclass)
      AND address.object_names[1] IN (SELECT nspname FROM scope
        UNION SELECT nspname || '.' || typname FROM pg_type JOIN scope ON scope.oid = typnamespace)
      AND NOT EXISTS (SELECT FROM extended WHERE classid = classoid AND objid = objoid)`,
];

const IN_DATABASE = [
  `SELECT format('extension %I %s in schema %I', extname, extversion, nspname)
    FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace`,
  `SELECT format('event trigger %I on %s, tags %s, function %s, owner %s, enabled %s', evtname,
      evtevent, array_to_string(evttags, ' '), evtfoid::regprocedure, evtowner::regrole, evtenabled)
    FROM pg_event_trigger e WHERE ${isOurs("pg_event_trigger", "e")}`,
  `SELECT format('publication %I, owner %s, %s, tables %s', pubname, pubowner::regrole,
      to_jsonb(p) - 'oid' - 'pubname' - 'pubowner',
      (SELECT string_agg(prrelid::regclass::text, ' ' ORDER BY prrelid::regclass::text)
        FROM pg_publication_rel WHERE prpubid = p.oid))
    FROM pg_publication p`,
  `SELECT format('default privileges of %s%s on %s: %s', defaclrole::regrole,
      ' in schema ' || (SELECT nspname FROM pg_namespace n WHERE n.oid = defaclnamespace),
      defaclobjtype, (SELECT string_agg(item::text, ' ' ORDER BY item::text)
        FROM unnest(defaclacl) AS item))
    FROM pg_default_acl`,
  `SELECT format('%s %s', type, identity)
    FROM (SELECT tableoid AS class, oid FROM pg_cast
      UNION ALL SELECT tableoid, oid FROM pg_language
      UNION ALL SELECT tableoid, oid FROM pg_am
      UNION ALL SELECT tableoid, oid FROM pg_foreign_data_wrapper
      UNION ALL SELECT tableoid, oid FROM pg_foreign_server
      UNION ALL SELECT tableoid, oid FROM pg_user_mapping
      UNION ALL SELECT tableoid, oid FROM pg_transform) AS o,
      LATERAL pg_identify_object(class, o.oid, 0)
    WHERE o.oid >= 16384
      AND NOT EXISTS (SELECT FROM extended WHERE classid = class AND objid = o.oid)`,
];

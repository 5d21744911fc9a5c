/**
 * Reads the facts about a table to scan from the catalogs.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import { quoteLiteral } from "../../sql/identifier.ts";

/** A table with its partitions or children. */
export interface TableFacts {
  /** The table first, then its partitions or children, by name. */
  readonly relations: readonly RelationFacts[];
  /** Qualified names of similar tables; only if the table does not exist. */
  readonly others: readonly string[];
  /** The role whose privileges were checked, quoted. */
  readonly role: string;
}

/** One relation. */
export interface RelationFacts {
  readonly oid: string;
  /** Qualified and quoted for any search_path: `public.routes`. */
  readonly relation: string;
  /** `relname`. */
  readonly name: string;
  /** `relkind`: r, p, v, m, f. */
  readonly kind: string;
  /** `relpersistence`: p, u, t. */
  readonly persistence: string;
  /** Null if the relation has no storage. */
  readonly filenode: string | null;
  readonly tuples: number;
  readonly pages: number;
  readonly bytes: number;
  readonly blockSize: number;
  readonly fillfactor: number;
  readonly mayRead: boolean;
  readonly mayChange: boolean;
  /** Whether row-level security applies to this role. */
  readonly rowSecurity: boolean;
  /** `relreplident`, if a publication publishes updates; null if none does. */
  readonly published: string | null;
  /** The partition's constraint as SQL; null if it is not a partition. */
  readonly constraint: string | null;
  readonly columns: readonly ColumnFacts[];
  readonly indexes: readonly IndexFacts[];
  /** Enabled user triggers that fire for each updated or deleted row. */
  readonly triggers: readonly string[];
  /** Foreign keys of other tables whose rows change with this table's. */
  readonly referenced: readonly ReferencingKey[];
}

/** A foreign key that carries changes on to another table. */
export interface ReferencingKey {
  /** For display: `orders_fk on public.orders ON DELETE CASCADE`. */
  readonly text: string;
  /** Columns of this table whose updates it carries on; empty if it carries on none. */
  readonly updates: readonly string[];
  /** Whether it carries on deletes. */
  readonly deletes: boolean;
}

export interface ColumnFacts {
  readonly name: string;
  /** For display: `character varying(20)`. */
  readonly type: string;
  readonly notNull: boolean;
  readonly generated: boolean;
}

export interface IndexFacts {
  readonly name: string;
  readonly method: string;
  readonly primary: boolean;
  readonly unique: boolean;
  readonly valid: boolean;
  readonly partial: boolean;
  /** The key columns. */
  readonly keys: readonly IndexKeyFacts[];
  /** Names of all columns in it, including those of INCLUDE, expressions and the predicate. */
  readonly columns: readonly string[];
}

export interface IndexKeyFacts {
  /** Null for an expression. */
  readonly name: string | null;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  /** Whether the index has the column's collation. */
  readonly sameCollation: boolean;
  /** Whether the index has the default operators, which ORDER BY uses. */
  readonly defaultOperators: boolean;
  /** The input type of its operators, qualified and quoted: `pg_catalog.int8`; never a domain. */
  readonly type: string;
  /** The schema of its operators if their names are `<`, `<=`, `=`, `>=` and `>`; else null. */
  readonly operators: string | null;
}

/**
 * Reads all facts in one query, inside a transaction whose search_path is pg_catalog.
 *
 * @param table As declared: `routes`, `public.routes`; without a schema, in `public`.
 * @throws {SqlError} The server refused the query.
 */
export async function readTableFacts(session: Session, table: string): Promise<TableFacts> {
  const { rows } = await session.query(factsQuery(table, session.server.version));
  return JSON.parse(rows[0]!["facts"]!) as TableFacts;
}

/** SQL that is true if an operator family sorts the type with operators of the standard names. */
const STANDARD_OPERATORS = `
  SELECT min(on_.nspname) FROM pg_amop AS ao
  JOIN pg_operator AS o ON o.oid = ao.amopopr JOIN pg_namespace AS on_ ON on_.oid = o.oprnamespace
  WHERE ao.amopfamily = oc.opcfamily AND ao.amoplefttype = oc.opcintype
    AND ao.amoprighttype = oc.opcintype AND ao.amoppurpose = 's'
    AND o.oprname = (ARRAY['<', '<=', '=', '>=', '>'])[ao.amopstrategy]
  HAVING count(*) = 5 AND count(DISTINCT on_.nspname) = 1`;

const INDEX_KEYS = `
  SELECT coalesce(json_agg(json_build_object(
    'name', a.attname,
    'descending', (i.indoption[k.n - 1] & 1) = 1,
    'nullsFirst', (i.indoption[k.n - 1] & 2) = 2,
    'sameCollation', i.indcollation[k.n - 1] = coalesce(a.attcollation, 0),
    'defaultOperators', EXISTS (SELECT FROM pg_opclass AS d WHERE d.opcfamily = oc.opcfamily
      AND d.opcintype = oc.opcintype AND d.opcdefault),
    'type', (SELECT quote_ident(tn.nspname) || '.' || quote_ident(t.typname)
      FROM pg_type AS t JOIN pg_namespace AS tn ON tn.oid = t.typnamespace WHERE t.oid =
        CASE WHEN ot.typtype = 'p' THEN base.oid ELSE oc.opcintype END),
    'operators', (${STANDARD_OPERATORS})
  ) ORDER BY k.n), '[]')
  FROM generate_series(1, i.indnkeyatts) AS k (n)
  JOIN pg_opclass AS oc ON oc.oid = i.indclass[k.n - 1]
  JOIN pg_type AS ot ON ot.oid = oc.opcintype
  LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n - 1]
    AND a.attnum > 0
  LEFT JOIN LATERAL (
    WITH RECURSIVE types AS (
      SELECT t.oid, t.typtype, t.typbasetype FROM pg_type AS t WHERE t.oid = a.atttypid
      UNION ALL SELECT t.oid, t.typtype, t.typbasetype FROM types
      JOIN pg_type AS t ON t.oid = types.typbasetype AND types.typtype = 'd')
    SELECT oid FROM types WHERE typtype <> 'd') AS base ON true`;

const INDEXES = `
  SELECT coalesce(json_agg(json_build_object(
    'name', ic.relname, 'method', am.amname, 'primary', i.indisprimary, 'unique', i.indisunique,
    'valid', i.indisvalid AND i.indisready, 'partial', i.indpred IS NOT NULL,
    'keys', (${INDEX_KEYS}),
    'columns', (SELECT coalesce(json_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_attribute AS a
      WHERE a.attrelid = i.indrelid AND a.attnum > 0 AND (a.attnum = ANY (i.indkey)
        OR EXISTS (SELECT FROM pg_depend AS dep WHERE dep.classid = 'pg_class'::regclass
          AND dep.objid = i.indexrelid AND dep.refclassid = 'pg_class'::regclass
          AND dep.refobjid = i.indrelid AND dep.refobjsubid = a.attnum)))
  ) ORDER BY ic.relname), '[]')
  FROM pg_index AS i JOIN pg_class AS ic ON ic.oid = i.indexrelid JOIN pg_am AS am ON am.oid = ic.relam
  WHERE i.indrelid = c.oid AND i.indislive`;

const COLUMNS = `
  SELECT coalesce(json_agg(json_build_object(
    'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
    'notNull', a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint AS nn WHERE nn.contype = 'n'
      AND nn.conrelid = a.attrelid AND nn.conkey[1] = a.attnum AND NOT nn.convalidated),
    'generated', a.attgenerated <> '') ORDER BY a.attnum), '[]')
  FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;

/** Bits of `tgtype`: for each row; on DELETE, on UPDATE. */
const TRIGGERS = `
  SELECT coalesce(json_agg(t.tgname ORDER BY t.tgname), '[]') FROM pg_trigger AS t
  WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
    AND t.tgtype & 1 = 1 AND t.tgtype & (8 | 16) <> 0`;

const REFERENCED = `
  SELECT coalesce(json_agg(json_build_object(
    'text', format('%s on %s%s%s', f.conname, f.conrelid::regclass,
      ' ON UPDATE ' || nullif(act.u, ''), ' ON DELETE ' || nullif(act.d, '')),
    'updates', CASE WHEN act.u = '' THEN '[]' ELSE (
      SELECT coalesce(json_agg(a.attname), '[]') FROM pg_attribute AS a
      WHERE a.attrelid = f.confrelid AND a.attnum = ANY (f.confkey)) END,
    'deletes', act.d <> ''
  ) ORDER BY f.conname, f.conrelid), '[]')
  FROM pg_constraint AS f CROSS JOIN LATERAL (SELECT
    CASE f.confupdtype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT'
      ELSE '' END AS u,
    CASE f.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT'
      ELSE '' END AS d) AS act
  WHERE f.confrelid = c.oid AND f.contype = 'f' AND f.conparentid = 0 AND act.u || act.d <> ''`;

/**
 * Publications of updates or deletes to which the table belongs by itself, by a partitioned table
 * above it, or by its schema. The view pg_publication_tables would say the same, but it opens every
 * published table and waits for whoever has locked one.
 */
function published(version: number): string {
  // Earlier releases publish no schemas.
  const bySchema = version >= 150000
    ? `OR EXISTS (SELECT FROM pg_publication_namespace AS pn
        WHERE pn.pnpubid = pub.oid AND pn.pnnspid = lc.relnamespace)`
    : "";
  return `
    SELECT FROM pg_publication AS pub
    CROSS JOIN LATERAL (SELECT c.oid AS relid UNION SELECT relid FROM pg_partition_ancestors(c.oid)) AS l
    JOIN pg_class AS lc ON lc.oid = l.relid
    WHERE (pub.pubupdate OR pub.pubdelete)
      AND (pub.puballtables
        OR EXISTS (SELECT FROM pg_publication_rel AS pr
          WHERE pr.prpubid = pub.oid AND pr.prrelid = l.relid)
        ${bySchema})`;
}

const relationFacts = (version: number) => `
  json_build_object(
    'oid', c.oid::text,
    'relation', quote_ident(n.nspname) || '.' || quote_ident(c.relname),
    'name', c.relname, 'kind', c.relkind, 'persistence', c.relpersistence,
    'filenode', pg_relation_filenode(c.oid)::text,
    'tuples', c.reltuples, 'pages', c.relpages,
    'bytes', CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) ELSE 0 END,
    'blockSize', current_setting('block_size')::int,
    'fillfactor', coalesce((SELECT o.option_value::int FROM pg_options_to_table(c.reloptions) AS o
      WHERE o.option_name = 'fillfactor'), 100),
    'mayRead', has_table_privilege(c.oid, 'SELECT'),
    'mayChange', has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE')
      OR has_any_column_privilege(c.oid, 'UPDATE'),
    'rowSecurity', row_security_active(c.oid),
    'published', CASE WHEN EXISTS (${published(version)}) THEN c.relreplident END,
    'constraint', pg_get_partition_constraintdef(c.oid),
    'columns', (${COLUMNS}), 'indexes', (${INDEXES}), 'triggers', (${TRIGGERS}),
    'referenced', (${REFERENCED}))`;

function factsQuery(table: string, version: number): string {
  return `
  WITH RECURSIVE given AS (
    SELECT CASE WHEN cardinality(parts) = 1 THEN 'public' ELSE parts[1] END AS schema,
      parts[cardinality(parts)] AS name FROM parse_ident(${quoteLiteral(table)}) AS parts),
  tree AS (
    SELECT c.oid, true AS is_root FROM given, pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = given.schema AND c.relname = given.name
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    UNION
    SELECT i.inhrelid, false FROM tree JOIN pg_inherits AS i ON i.inhparent = tree.oid)
  SELECT json_build_object(
    'relations', (SELECT coalesce(
      json_agg(${relationFacts(version)} ORDER BY t.is_root DESC, n.nspname, c.relname), '[]')
      FROM tree AS t JOIN pg_class AS c ON c.oid = t.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace),
    'others', CASE WHEN EXISTS (SELECT FROM tree) THEN '[]' ELSE (SELECT coalesce(
      json_agg(quote_ident(n.nspname) || '.' || quote_ident(c.relname) ORDER BY 1), '[]')
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t')
      END,
    'role', quote_ident(current_user)) AS facts`;
}

/**
 * Reads from the catalogs the shape of tables to fill.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import { quoteLiteral } from "../../sql/identifier.ts";

/** A column, with what its values depend on. */
export interface ColumnShape {
  readonly name: string;
  /** The `typname` of its type, or of a domain's base type. */
  readonly type: string;
  /** `typcategory`: A for arrays, E for enums, R for ranges. */
  readonly category: string;
  /** Characters of a `varchar(n)`; digits of a `numeric(p, s)` before the point. */
  readonly length: number | null;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  /** Whether it is a generated column. */
  readonly isGenerated: boolean;
  /** Whether it is a column of a unique index. */
  readonly isUnique: boolean;
  /** The labels of an enum. */
  readonly labels: readonly string[];
}

/** A foreign key. */
export interface ReferenceShape {
  readonly columns: readonly string[];
  /** The oid of the other table. */
  readonly to: string;
  readonly toColumns: readonly string[];
}

/** A table. */
export interface TableShape {
  readonly oid: string;
  /** Qualified and quoted. */
  readonly relation: string;
  readonly name: string;
  /** Empty without a primary key. */
  readonly key: readonly string[];
  readonly columns: readonly ColumnShape[];
  readonly references: readonly ReferenceShape[];
  /** Conditions on rows as SQL: of constraints, partitions, and domains of columns. */
  readonly conditions: readonly { readonly sql: string; readonly column: string | null }[];
  /** Enabled row triggers of users. */
  readonly triggers: readonly { readonly name: string; readonly enabled: string }[];
  /** NOT VALID constraints, with their definitions. */
  readonly notValid: readonly { readonly name: string; readonly definition: string }[];
}

/**
 * Reads tables and those that they reference, referenced ones first.
 *
 * @param names Names with or without schema, unquoted. Names without a table are skipped.
 * @throws {SqlError} The server refused the query.
 */
export async function readTableShapes(
  session: Session,
  names: readonly { readonly schema?: string; readonly name: string }[],
): Promise<readonly TableShape[]> {
  const { rows } = await session.query(shapesQuery(names));
  return parentsFirst(rows.map((row) => JSON.parse(row["shape"]!) as TableShape));
}

/** Orders tables so that parents come first; a cycle starts with any of its tables. */
export function parentsFirst(tables: readonly TableShape[]): readonly TableShape[] {
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  const placed = new Set<TableShape>();
  const place = (table: TableShape, above: readonly TableShape[]) => {
    if (placed.has(table) || above.includes(table)) return;
    for (const { to } of table.references) {
      const parent = byOid.get(to);
      if (parent !== undefined) place(parent, [...above, table]);
    }
    placed.add(table);
  };
  for (const table of tables) place(table, []);
  return [...placed];
}

const COLUMNS = `
  SELECT json_agg(json_build_object(
    'name', a.attname, 'type', base.typname, 'category', base.typcategory,
    'length', CASE WHEN mod < 0 THEN NULL
      WHEN base.typname IN ('varchar', 'bpchar') THEN mod - 4
      WHEN base.typname IN ('bit', 'varbit') THEN mod
      WHEN base.typname = 'numeric' THEN ((mod - 4) >> 16) - ((mod - 4) & 2047) END,
    'notNull', a.attnotnull OR base.notnull,
    'hasDefault', a.atthasdef OR a.attidentity <> '', 'isGenerated', a.attgenerated <> '',
    'isUnique', EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisunique
      AND a.attnum = ANY (i.indkey)),
    'labels', (SELECT coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]')
      FROM pg_enum AS e WHERE e.enumtypid = base.oid)) ORDER BY a.attnum)
  FROM pg_attribute AS a, LATERAL (
    WITH RECURSIVE types AS (
      SELECT t.oid, t.typname, t.typcategory, t.typtype, t.typbasetype, a.atttypmod AS mod,
        t.typnotnull AS notnull FROM pg_type AS t WHERE t.oid = a.atttypid
      UNION ALL SELECT t.oid, t.typname, t.typcategory, t.typtype, t.typbasetype,
        greatest(types.mod, d.typtypmod), types.notnull OR t.typnotnull FROM types
      JOIN pg_type AS d ON d.oid = types.oid JOIN pg_type AS t ON t.oid = types.typbasetype
      WHERE types.typtype = 'd')
    SELECT * FROM types WHERE typtype <> 'd') AS base
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;

function names(keys: string, relation: string): string {
  return `(
    SELECT coalesce(json_agg(a.attname ORDER BY k.n), '[]')
    FROM unnest(${keys}) WITH ORDINALITY AS k (attnum, n)
    JOIN pg_attribute AS a ON a.attrelid = ${relation} AND a.attnum = k.attnum
  )`;
}

function shapesQuery(
  wanted: readonly { readonly schema?: string; readonly name: string }[],
): string {
  const values = wanted.map(({ schema, name }) =>
    `(${quoteLiteral(schema ?? "public")}, ${quoteLiteral(name)})`
  );
  return `
  WITH RECURSIVE tables AS (
    SELECT c.oid FROM (VALUES ${values.join(", ")}) AS wanted (schema, name)
    JOIN pg_namespace AS n ON n.nspname = wanted.schema
    JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = wanted.name
      AND c.relkind IN ('r', 'p')
    UNION SELECT f.confrelid FROM tables JOIN pg_constraint AS f ON f.conrelid = tables.oid
      AND f.contype = 'f' AND f.conparentid = 0)
  SELECT json_build_object('oid', c.oid::text, 'name', c.relname,
    'relation', quote_ident(n.nspname) || '.' || quote_ident(c.relname),
    'key', coalesce((SELECT ${names("p.conkey", "c.oid")} FROM pg_constraint AS p
      WHERE p.conrelid = c.oid AND p.contype = 'p'), '[]'),
    'columns', (${COLUMNS}),
    'references', (SELECT coalesce(json_agg(json_build_object('columns', ${
    names("f.conkey", "c.oid")
  }, 'to', f.confrelid::text, 'toColumns', ${
    names("f.confkey", "f.confrelid")
  }) ORDER BY f.conname), '[]') FROM pg_constraint AS f
      WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.conparentid = 0),
    'conditions', (SELECT coalesce(json_agg(json_build_object('sql', d, 'column', col)), '[]') FROM (
      SELECT pg_get_constraintdef(k.oid) AS d, NULL::name AS col FROM pg_constraint AS k
        WHERE k.conrelid = c.oid AND k.contype = 'c'
      UNION ALL SELECT pg_get_constraintdef(k.oid), a.attname FROM pg_constraint AS k
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.atttypid = k.contypid
        WHERE k.contype = 'c' AND k.contypid <> 0
      UNION ALL SELECT pg_get_partition_constraintdef(i.inhrelid), NULL FROM pg_inherits AS i
        WHERE i.inhparent = c.oid) AS conditions WHERE d IS NOT NULL),
    'triggers', (SELECT coalesce(json_agg(json_build_object('name', t.tgname,
        'enabled', t.tgenabled) ORDER BY t.tgname), '[]')
      FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D'),
    'notValid', (SELECT coalesce(json_agg(json_build_object('name', k.conname,
        'definition', pg_get_constraintdef(k.oid)) ORDER BY k.conname), '[]')
      FROM pg_constraint AS k WHERE k.conrelid = c.oid AND NOT k.convalidated
        AND k.contype IN ('c', 'n') AND k.coninhcount = 0)) AS shape
  FROM tables JOIN pg_class AS c ON c.oid = tables.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  ORDER BY c.relname`;
}

/**
 * Reads from the catalogs the facts about the objects that a body uses.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { parseQualifiedName } from "../../sql/qualified_name.ts";
import type { BodyShape } from "./body_shape.ts";

/** Names of relations are `schema.name`, unquoted. */
export interface BodyFacts {
  /** Volatile functions. */
  readonly volatile: readonly string[];
  readonly keys: readonly ForeignKey[];
  /** Whether the table has autovacuum storage parameters. */
  readonly ownAutovacuum: boolean;
  /** The planner's number of live rows; undefined if it has none. */
  readonly tuples: number | undefined;
  readonly bytes: number;
  /** The total size of its indexes. */
  readonly indexBytes: number;
  readonly indexes: number;
}

/** A foreign key of the table, or one that references it. */
export interface ForeignKey {
  readonly name: string;
  readonly isOurs: boolean;
  /** Its columns in the scanned table. */
  readonly columns: readonly string[];
  /** The other table, quoted if necessary. */
  readonly other: string;
  /** Its columns in the other table, quoted if necessary. */
  readonly otherColumns: readonly string[];
  readonly otherBytes: number;
  /** Whether the other table has an index that begins with these columns. */
  readonly isIndexed: boolean;
}

/**
 * Reads the facts in one query, inside a transaction whose search_path is pg_catalog.
 *
 * @param table The table as declared.
 * @throws {SqlError} The server refused the query.
 */
export async function readBodyFacts(
  session: Session,
  { table, shape }: { readonly table: string; readonly shape: BodyShape },
): Promise<BodyFacts> {
  const { schema = "public", name } = parseQualifiedName(table)!;
  const { rows } = await session.query(factsQuery({ schema, name, shape }));
  return JSON.parse(rows[0]!["facts"]!) as BodyFacts;
}

/**
 * Reads the sizes of relations in bytes, by `schema.name`. A parent includes its partitions and
 * children.
 *
 * @param names `schema.name`, unquoted.
 */
export async function readSizes(
  session: Session,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (names.length === 0) return new Map();
  const wanted = names.map(quoteLiteral).join(", ");
  const { rows } = await session.query(
    `SELECT n.nspname || '.' || c.relname AS name, pg_relation_size(c.oid) AS bytes
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname || '.' || c.relname IN (${wanted})`,
  );
  return new Map(rows.map((row) => [row["name"]!, Number(row["bytes"])]));
}

function factsQuery(
  { schema, name, shape }: {
    readonly schema: string;
    readonly name: string;
    readonly shape: BodyShape;
  },
): string {
  const calls = shape.functions.map((one) =>
    `(${one.schema ? quoteLiteral(one.schema) : "NULL"}, ${quoteLiteral(one.name)})`
  );
  const columns = (keys: string, relation: string, quote = "") =>
    `(
      SELECT json_agg(${quote}(a.attname) ORDER BY k.n)
      FROM unnest(${keys}) WITH ORDINALITY AS k (attnum, n)
      JOIN pg_attribute AS a ON a.attrelid = ${relation} AND a.attnum = k.attnum
    )`;
  const other = "CASE WHEN f.conrelid = t.oid THEN f.confrelid ELSE f.conrelid END";
  const otherKeys = "CASE WHEN f.conrelid = t.oid THEN f.confkey ELSE f.conkey END";
  return `WITH t AS (SELECT c.* FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ${quoteLiteral(schema)} AND c.relname = ${quoteLiteral(name)}),
  tree AS (SELECT relid FROM t, LATERAL (SELECT t.oid AS relid UNION
    SELECT relid FROM pg_partition_tree(t.oid) UNION
    SELECT inhrelid FROM pg_inherits WHERE inhparent = t.oid) AS r)
  SELECT json_build_object(
    'volatile', ${
    calls.length === 0 ? "'[]'::json" : `(SELECT coalesce(json_agg(DISTINCT p.proname), '[]')
      FROM (VALUES ${calls.join(", ")}) AS called (schema, name)
      JOIN pg_proc AS p ON p.proname = called.name AND p.provolatile = 'v'
      JOIN pg_namespace AS n ON n.oid = p.pronamespace
        AND n.nspname = coalesce(called.schema, n.nspname))`
  },
    'keys', (SELECT coalesce(json_agg(json_build_object('name', f.conname,
        'isOurs', f.conrelid = t.oid,
        'columns', ${
    columns("CASE WHEN f.conrelid = t.oid THEN f.conkey ELSE f.confkey END", "t.oid")
  },
        'other', (${other})::regclass::text,
        'otherColumns', ${columns(otherKeys, other, "quote_ident")},
        'otherBytes', pg_table_size(${other}),
        'isIndexed', EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = ${other} AND i.indisvalid
          AND i.indpred IS NULL AND (i.indkey::int2[])[0:cardinality(${otherKeys}) - 1] @> ${otherKeys}))
        ORDER BY f.conname), '[]')
      FROM pg_constraint AS f WHERE f.contype = 'f' AND f.conparentid = 0
        AND t.oid IN (f.conrelid, f.confrelid)),
    'ownAutovacuum', EXISTS (SELECT FROM tree JOIN pg_class AS c ON c.oid = tree.relid,
      unnest(c.reloptions) AS o WHERE o LIKE 'autovacuum%'),
    'tuples', (SELECT nullif(greatest(sum(c.reltuples), -1), -1) FROM tree
      JOIN pg_class AS c ON c.oid = tree.relid AND c.relkind = 'r'),
    'bytes', (SELECT sum(pg_table_size(relid)) FROM tree),
    'indexBytes', (SELECT sum(pg_indexes_size(relid)) FROM tree),
    'indexes', (SELECT count(*) FROM pg_index WHERE indrelid = t.oid)
  ) AS facts FROM t`;
}

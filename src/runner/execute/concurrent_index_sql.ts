// Pure.
/**
 * The SQL that looks at an index before and after its concurrent build. It runs with the search_path of
 * the migration, because names in it mean what they mean there; so each operator is named with its
 * schema, or another role's could be found first.
 *
 * @module
 */

import type { ConcurrentIndex } from "../../definition/migration/definition.ts";
import { quoteIdentifier, quoteLiteral, quoteQualified } from "../../sql/identifier.ts";

/** The table of an index, quoted, with the schema that the migration wrote. */
export function tableName({ schema, table }: Pick<ConcurrentIndex, "schema" | "table">): string {
  return quoteQualified({ schema, name: table });
}

/**
 * Reads what has the name of the index; no row where there is nothing. The columns: `is_index`, `valid`,
 * `on_its_table`, `qualified_name`, `definition`, and `builder`, the pid of another session that builds it.
 */
export function relationQuery(index: ConcurrentIndex & { readonly name: string }): string {
  return `SELECT i.indexrelid IS NOT NULL AS is_index, i.indisvalid AS valid,
        i.indrelid OPERATOR(pg_catalog.=) t.oid AS on_its_table,
        pg_catalog.format('%I.%I', n.nspname, c.relname) AS qualified_name,
        CASE WHEN i.indexrelid IS NOT NULL THEN pg_catalog.pg_get_indexdef(c.oid) END AS definition,
        (SELECT pg_catalog.min(p.pid) FROM pg_catalog.pg_stat_progress_create_index AS p
          WHERE p.index_relid OPERATOR(pg_catalog.=) c.oid
            AND p.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()) AS builder
      FROM pg_catalog.pg_class AS t
      JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) t.relnamespace
      JOIN pg_catalog.pg_class AS c ON c.relnamespace OPERATOR(pg_catalog.=) t.relnamespace
      LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid OPERATOR(pg_catalog.=) c.oid
      WHERE t.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(${quoteLiteral(tableName(index))})
        AND c.relname OPERATOR(pg_catalog.=) ${quoteLiteral(index.name)}
        -- Of a partitioned table the server builds and drops none concurrently, and says so.
        AND t.relkind OPERATOR(pg_catalog.<>) 'p'`;
}

/**
 * Reads indexes on the table whose names the server would choose for an index that it names `wantedName`
 * on a copy: `name`, `valid`, `qualified_name`, `definition`. Invalid ones come first, then the newest.
 *
 * @param wantedName An SQL expression.
 */
export function unnamedQuery(index: ConcurrentIndex, wantedName: string): string {
  return `SELECT c.relname AS name, i.indisvalid AS valid,
        pg_catalog.format('%I.%I', n.nspname, c.relname) AS qualified_name,
        pg_catalog.pg_get_indexdef(c.oid) AS definition
      FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
      WHERE i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(${
    quoteLiteral(tableName(index))
  })
        AND pg_catalog.rtrim(c.relname, '0123456789') OPERATOR(pg_catalog.=)
          pg_catalog.rtrim(${wantedName}, '0123456789')
      ORDER BY i.indisvalid, c.oid DESC`;
}

/** What decides of `CREATE UNIQUE INDEX name ON schema.table USING …` without the names, as SQL. */
export function afterUsingSql(definition: string): string {
  return `pg_catalog.concat(pg_catalog.starts_with(${definition}, 'CREATE UNIQUE '),
      pg_catalog.substr(${definition}, pg_catalog.strpos(${definition}, ' USING ')))`;
}

/**
 * Statements that show how the server prints and names a wanted index: they build it on an empty copy of
 * the table. Send them in a transaction that is rolled back.
 *
 * @param tail The statement from the end of the table's name on: ` USING btree (a)`.
 */
export function wantedIndex(
  index: ConcurrentIndex,
  tail: string,
): {
  readonly copy: string;
  readonly build: string;
  /** Reads `definition` and `name`. */
  readonly query: string;
} {
  // The copy has the table's own name, which expressions and predicates may use.
  const copy = `pg_temp.${quoteIdentifier(index.table)}`;
  return {
    copy: `CREATE TEMPORARY TABLE ${copy} (LIKE ${
      tableName(index)
    } INCLUDING GENERATED) ON COMMIT DROP`,
    build: `CREATE ${index.unique ? "UNIQUE " : ""}INDEX ON ${copy} ${tail}`,
    query: `SELECT pg_catalog.pg_get_indexdef(i.indexrelid) AS definition, c.relname AS name
      FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid
      WHERE i.indrelid OPERATOR(pg_catalog.=) ${quoteLiteral(copy)}::pg_catalog.regclass`,
  };
}

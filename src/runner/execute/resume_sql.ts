// Pure.
/**
 * The SQL that shows how far an interrupted DROP INDEX CONCURRENTLY, REINDEX or DETACH PARTITION
 * CONCURRENTLY came. As it runs with the search_path of the migration, each operator is named with its
 * schema.
 *
 * @module
 */

import type { Resumable } from "../../definition/migration/definition.ts";
import { quoteLiteral, quoteQualified } from "../../sql/identifier.ts";

type OfKind<K extends Resumable["kind"]> = Omit<Resumable & { readonly kind: K }, "kind">;

/** Selects `valid` of each of the indexes that is there. */
export function presentIndexes(indexes: OfKind<"drop-index">["indexes"]): string {
  const names = indexes.map((index) => quoteLiteral(quoteQualified(index))).join(", ");
  return `SELECT i.indisvalid AS valid FROM pg_catalog.unnest(ARRAY[${names}]) AS name
      JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(name)
      LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid OPERATOR(pg_catalog.=) c.oid`;
}

/**
 * Selects `pending` of a partition: NULL when it is detached; no row where one of the tables is missing.
 * PostgreSQL 13 lacks the column.
 */
export function pendingDetach({ table, partition }: OfKind<"detach">): string {
  return `SELECT i.inhdetachpending AS pending FROM pg_catalog.pg_class AS t
      CROSS JOIN pg_catalog.pg_class AS p
      LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhparent OPERATOR(pg_catalog.=) t.oid
        AND i.inhrelid OPERATOR(pg_catalog.=) p.oid
      WHERE t.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(${
    quoteLiteral(quoteQualified(table))
  })
        AND p.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(${
    quoteLiteral(quoteQualified(partition))
  })`;
}

/** Finishes an interrupted DETACH PARTITION CONCURRENTLY. */
export function finalizeDetach({ table, partition }: OfKind<"detach">): string {
  return `ALTER TABLE ${quoteQualified(table)} DETACH PARTITION ${
    quoteQualified(partition)
  } FINALIZE`;
}

/**
 * Selects `name`, quoted and qualified, of the invalid indexes that an interrupted REINDEX CONCURRENTLY
 * leaves. PostgreSQL shortens long names; those have 60 bytes or more.
 */
export function leftoversQuery({ of, target }: OfKind<"reindex">): string {
  const relation = `pg_catalog.to_regclass(${quoteLiteral(target ? quoteQualified(target) : "")})`;
  // pg_partition_tree would wait for a session that has locked one of the tables.
  const tree = `WITH RECURSIVE tree AS (
      SELECT ${relation}::pg_catalog.oid AS oid
      UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i
        JOIN tree ON i.inhparent OPERATOR(pg_catalog.=) tree.oid
    ) SELECT oid FROM tree`;
  const schema = quoteLiteral(target?.name ?? "");
  const tables = {
    index: `t.oid OPERATOR(pg_catalog.=) ANY (
      SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid OPERATOR(pg_catalog.=) ANY (${tree}))`,
    table: `t.oid OPERATOR(pg_catalog.=) ANY (${tree})`,
    schema: `t.relnamespace OPERATOR(pg_catalog.=) (
      SELECT oid FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) ${schema})`,
    database: `t.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'm']::pg_catalog."char"[])`,
  }[of];
  const real = "pg_catalog.regexp_replace(l.relname, '_cc(new|old)[0-9]*$', '')";
  return `SELECT pg_catalog.format('%I.%I', n.nspname, l.relname) AS name
    FROM pg_catalog.pg_class AS t
    JOIN pg_catalog.pg_index AS x ON x.indrelid OPERATOR(pg_catalog.=) ANY (ARRAY[t.oid, t.reltoastrelid])
    JOIN pg_catalog.pg_class AS l ON l.oid OPERATOR(pg_catalog.=) x.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) l.relnamespace
    WHERE ${tables} AND NOT x.indisvalid AND l.relkind OPERATOR(pg_catalog.=) 'i'
      AND l.relname OPERATOR(pg_catalog.~) '_cc(new|old)[0-9]*$'
      AND EXISTS (
        SELECT FROM pg_catalog.pg_index AS y
        JOIN pg_catalog.pg_class AS r ON r.oid OPERATOR(pg_catalog.=) y.indexrelid
        WHERE y.indrelid OPERATOR(pg_catalog.=) x.indrelid AND y.indexrelid OPERATOR(pg_catalog.<>) x.indexrelid
          AND pg_catalog.starts_with(r.relname, ${real})
          AND (r.relname OPERATOR(pg_catalog.=) ${real}
            OR pg_catalog.octet_length(l.relname) OPERATOR(pg_catalog.>=) 60)
          ${of === "index" ? `AND y.indexrelid OPERATOR(pg_catalog.=) ANY (${tree})` : ""})
    ORDER BY l.oid`;
}

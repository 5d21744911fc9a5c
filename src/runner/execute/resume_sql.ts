// Pure.
/**
 * The SQL that shows how far an interrupted DROP INDEX CONCURRENTLY, REINDEX or DETACH PARTITION
 * CONCURRENTLY came.
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
      JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(name)
      LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid`;
}

/**
 * Selects `pending` of a partition: NULL when it is detached; no row where one of the tables is missing.
 * PostgreSQL 13 lacks the column.
 */
export function pendingDetach({ table, partition }: OfKind<"detach">): string {
  return `SELECT i.inhdetachpending AS pending FROM pg_catalog.pg_class AS t
      CROSS JOIN pg_catalog.pg_class AS p
      LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhparent = t.oid AND i.inhrelid = p.oid
      WHERE t.oid = pg_catalog.to_regclass(${quoteLiteral(quoteQualified(table))})
        AND p.oid = pg_catalog.to_regclass(${quoteLiteral(quoteQualified(partition))})`;
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
      SELECT ${relation}::oid AS oid
      UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i JOIN tree ON i.inhparent = tree.oid
    ) SELECT oid FROM tree`;
  const schema = quoteLiteral(target?.name ?? "");
  const tables = {
    index: `t.oid IN (SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid IN (${tree}))`,
    table: `t.oid IN (${tree})`,
    schema: `t.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = ${schema})`,
    database: "t.relkind IN ('r', 'm')",
  }[of];
  const real = "pg_catalog.regexp_replace(l.relname, '_cc(new|old)[0-9]*$', '')";
  return `SELECT pg_catalog.format('%I.%I', n.nspname, l.relname) AS name
    FROM pg_catalog.pg_class AS t
    JOIN pg_catalog.pg_index AS x ON x.indrelid IN (t.oid, t.reltoastrelid)
    JOIN pg_catalog.pg_class AS l ON l.oid = x.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = l.relnamespace
    WHERE ${tables} AND NOT x.indisvalid AND l.relkind = 'i'
      AND l.relname ~ '_cc(new|old)[0-9]*$'
      AND EXISTS (
        SELECT FROM pg_catalog.pg_index AS y JOIN pg_catalog.pg_class AS r ON r.oid = y.indexrelid
        WHERE y.indrelid = x.indrelid AND y.indexrelid <> x.indexrelid
          AND pg_catalog.starts_with(r.relname, ${real})
          AND (r.relname = ${real} OR pg_catalog.octet_length(l.relname) >= 60)
          ${of === "index" ? `AND y.indexrelid IN (${tree})` : ""})
    ORDER BY l.oid`;
}

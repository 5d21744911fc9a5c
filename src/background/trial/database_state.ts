/**
 * Reads all rows of a database, to compare them with those of another one.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";

/** The rows of one table. */
export interface TableState {
  /** Empty without a primary key. */
  readonly key: readonly string[];
  /** Columns of date and time types. */
  readonly moments: readonly string[];
  /** Values as text. */
  readonly rows: readonly Readonly<Record<string, string | null>>[];
}

/** The tables by qualified name. */
export type DatabaseState = ReadonlyMap<string, TableState>;

const ROW = quoteIdentifier("one row");

/** @param ours The schema of migrator's own tables, which is excluded. */
export async function readState(session: Session, ours: string): Promise<DatabaseState> {
  const { rows: tables } = await session.query(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS relation,
      (
        SELECT json_agg(a.attname)
        FROM pg_index AS i
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = c.oid AND i.indisprimary
      ) AS key,
      (
        SELECT json_agg(a.attname)
        FROM pg_attribute AS a
        JOIN pg_type AS t ON t.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND t.typcategory = 'D'
      ) AS moments
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p')
      AND NOT c.relispartition
      AND n.nspname NOT LIKE 'pg\\_%'
      AND n.nspname NOT IN ('information_schema', ${quoteLiteral(ours)})
    ORDER BY 1`,
  );
  const state = new Map<string, TableState>();
  for (const { relation, key, moments } of tables) {
    // Values are text, because JSON numbers would lose digits.
    const { rows } = await session.query(
      `SELECT (
        SELECT json_object_agg(e.key, e.value)
        FROM json_each_text(row_to_json(${ROW})) AS e
      )::text AS row
      FROM ${relation!} AS ${ROW}`,
    );
    state.set(relation!, {
      key: JSON.parse(key ?? "[]"),
      moments: JSON.parse(moments ?? "[]"),
      rows: rows.map(({ row }) => JSON.parse(row!)),
    });
  }
  return state;
}

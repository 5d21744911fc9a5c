/**
 * The rows that migrations have written into a shadow.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import { quoteLiteral } from "../sql/identifier.ts";

/** The rows of one table. Columns with times are left out: what `now()` gave differs each time. */
export interface TableRows {
  /** The columns of its primary key; none: a row is known by all that is in it. */
  readonly key: readonly string[];
  readonly rows: readonly TableRow[];
}

/** A row by the names of its columns. */
export type TableRow = Readonly<Record<string, unknown>>;

/** Tables by qualified name; those without rows are left out. */
export type Rows = ReadonlyMap<string, TableRows>;

/** What was read. */
export interface ReadRows {
  readonly rows: Rows;
  /** Tables that have too much in them to be compared. */
  readonly tooLarge: readonly string[];
}

/** Bytes of a table that are still compared: some ten thousand rows. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Of all tables, pg_relation_size() tells at once which are empty. */
const tablesQuery = (without: readonly string[]) =>
  `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
    pg_catalog.pg_relation_size(c.oid) AS bytes,
    pg_catalog.to_json(ARRAY(
      SELECT a.attname::text
      FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
      WHERE i.indrelid = c.oid AND i.indisprimary
      ORDER BY a.attname
    )) AS key,
    pg_catalog.to_json(ARRAY(
      SELECT a.attname::text
      FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND a.atttypid IN (1082, 1083, 1114, 1184, 1266)
    ))::text AS times
  FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.oid >= 16384
    AND pg_catalog.pg_relation_size(c.oid) > 0
    AND n.nspname !~ '^pg_'
    AND n.nspname <> ALL (ARRAY[${
    ["information_schema", ...without].map(quoteLiteral).join(", ")
  }]::text[])
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
        AND d.deptype = 'e'
    )
  ORDER BY 1`;

/**
 * Reads them. Sequences are no rows.
 *
 * @param without PostgreSQL schemas that are left out.
 */
export async function readRows(
  session: Session,
  without: readonly string[],
): Promise<ReadRows> {
  const { rows: tables } = await session.query(tablesQuery(without));
  const rows = new Map<string, TableRows>();
  const tooLarge: string[] = [];
  for (const table of tables) {
    const name = table["name"]!;
    if (Number(table["bytes"]) > MOST_BYTES) {
      tooLarge.push(name);
      continue;
    }
    const times = quoteLiteral(`{${(JSON.parse(table["times"]!) as string[]).map(arrayItem)}}`);
    const read = await session.query(
      `SELECT (pg_catalog.to_jsonb(t) OPERATOR(pg_catalog.-) ${times}::text[])::text AS row
      FROM ONLY ${name} AS t`,
    );
    if (read.rows.length === 0) continue;
    rows.set(name, {
      key: JSON.parse(table["key"]!) as string[],
      rows: read.rows.map((row) => JSON.parse(row["row"]!) as TableRow),
    });
  }
  return { rows, tooLarge };
}

function arrayItem(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

/**
 * The rows that migrations have written into a shadow.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import { quoteLiteral } from "../sql/identifier.ts";

/** The rows of one table. */
export interface TableRows {
  /** The columns of its primary key; none: a row is known by all that is in it. */
  readonly key: readonly string[];
  /** Columns with times: what `now()` gave differs each time. */
  readonly times: readonly string[];
  /** Columns that the server computes. */
  readonly generated: readonly string[];
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

/** The names of columns of the table `c`, as JSON. */
const columnsWhere = (condition: string) =>
  `pg_catalog.to_json(ARRAY(
      SELECT a.attname::text
      FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND ${condition}
      ORDER BY a.attname
    ))::text`;

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
    ))::text AS key,
    ${columnsWhere("a.atttypid IN (1082, 1083, 1114, 1184, 1266)")} AS times,
    ${columnsWhere("a.attgenerated <> ''")} AS generated
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
    const read = await session.query(
      `SELECT pg_catalog.to_jsonb(t)::text AS row FROM ONLY ${name} AS t`,
    );
    if (read.rows.length === 0) continue;
    const [key, times, generated] = ["key", "times", "generated"].map((list) =>
      JSON.parse(table[list]!) as readonly string[]
    );
    rows.set(name, {
      key: key!,
      times: times!,
      generated: generated!,
      rows: read.rows.map((row) => JSON.parse(row["row"]!) as TableRow),
    });
  }
  return { rows, tooLarge };
}

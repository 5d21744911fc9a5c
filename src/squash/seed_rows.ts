/**
 * The rows and the values of sequences that migrations have left, as SQL that writes them again.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";

/** What migrations have left beside the schema. */
export interface SeedRows {
  /** INSERT statements, in alphabetical order of the tables. */
  readonly inserts: readonly string[];
  /** Calls of setval(), by sequence, for those that have moved. */
  readonly sequences: ReadonlyMap<string, string>;
}

const notExcluded = (without: readonly string[]) =>
  `n.nspname !~ '^pg_' AND n.nspname <> ALL (ARRAY[${
    ["information_schema", ...without].map(quoteLiteral).join(", ")
  }]::text[])`;

const NO_MEMBER = `NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
        AND d.deptype = 'e'
    )`;

/**
 * Columns that a row is written with: not those that are computed, nor those whose default is the time at
 * which the row is written.
 */
const tablesQuery = (without: readonly string[]) =>
  `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
    pg_catalog.to_json(ARRAY(
      SELECT a.attname::text
      FROM pg_catalog.pg_attribute AS a
        LEFT JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        AND NOT (a.atttypid IN (1082, 1083, 1114, 1184, 1266) AND f.oid IS NOT NULL
          AND pg_catalog.pg_get_expr(f.adbin, f.adrelid) ~* '(now|_timestamp|timeofday)\\(|current_|local')
      ORDER BY a.attnum
    ))::text AS columns
  FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) > 0
    AND ${notExcluded(without)} AND ${NO_MEMBER}
  ORDER BY name`;

const sequencesQuery = (without: readonly string[]) =>
  `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, s.seqstart AS start
  FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = c.oid
  WHERE ${notExcluded(without)} AND ${NO_MEMBER}
  ORDER BY name`;

/** Reads them. @param without PostgreSQL schemas that are left out. */
export async function readSeedRows(
  session: Session,
  without: readonly string[],
): Promise<SeedRows> {
  const inserts: string[] = [];
  for (const table of (await session.query(tablesQuery(without))).rows) {
    const insert = await insertion(session, {
      name: table["name"]!,
      columns: JSON.parse(table["columns"]!) as readonly string[],
    });
    if (insert !== undefined) inserts.push(insert);
  }
  const sequences = new Map<string, string>();
  for (const sequence of (await session.query(sequencesQuery(without))).rows) {
    const name = sequence["name"]!;
    const { rows: [row] } = await session.query(`SELECT last_value, is_called FROM ${name}`);
    const isCalled = row?.["is_called"] === "t";
    const last = row?.["last_value"] ?? "";
    if (!isCalled && last === sequence["start"]) continue;
    sequences.set(
      name,
      `SELECT pg_catalog.setval(${quoteLiteral(name)}, ${last}, ${isCalled})`,
    );
  }
  return { inserts, sequences };
}

/** Rows are written in an order of their own, so that the same rows always give the same text. */
async function insertion(
  session: Session,
  { name, columns }: { readonly name: string; readonly columns: readonly string[] },
): Promise<string | undefined> {
  const texts = columns.map((column) => `${quoteIdentifier(column)}::text`);
  const { rows } = await session.query(
    `SELECT ${
      texts.map((text, index) => `${text} AS c${index}`).join(", ")
    } FROM ONLY ${name} ORDER BY ${texts.map((text) => `(${text}) COLLATE "C"`).join(", ")}`,
  );
  if (rows.length === 0) return undefined;
  const values = rows.map((row) =>
    `  (${
      columns.map((_, index) => {
        const value = row[`c${index}`];
        return value === null || value === undefined ? "NULL" : quoteLiteral(value);
      }).join(", ")
    })`
  );
  return `INSERT INTO ${name} (${
    columns.map(quoteIdentifier).join(", ")
  }) OVERRIDING SYSTEM VALUE VALUES\n${values.join(",\n")}`;
}

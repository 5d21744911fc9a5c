// Pure.
/**
 * Keys in SQL: as JSON, as an order, and compared with other keys.
 *
 * Every type and operator is qualified with its schema, so that the SQL means the same with any
 * search_path. The order is that of the columns' collations and default operators, which is also
 * the order of the index.
 *
 * @module
 */

import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import type { Cursor, KeyColumn, KeyRange, Scan } from "./strategy.ts";

/** The alias of rows in queries of strategies. A filter is unlikely to use this name. */
export const SCANNED_ROW = quoteIdentifier("walked row");

/** The operators that compare two keys. */
type Comparison = "<" | "<=" | "=" | ">" | ">=";

/** The key's columns under an alias (quoted; empty: none). */
export function columnsOf(key: readonly KeyColumn[], alias: string): readonly string[] {
  return key.map(({ name }) => qualify(alias, quoteIdentifier(name)));
}

/** A quoted column, qualified with the alias if it is not empty. */
export function qualify(alias: string, column: string): string {
  return alias === "" ? column : `${alias}.${column}`;
}

/** SQL for a JSON array of the values of the key's columns as text. */
export function asCursor(key: readonly KeyColumn[], values: readonly string[]): string {
  const texts = values.map((value, i) => `${value}::${key[i]!.type}::pg_catalog.text`);
  return `pg_catalog.json_build_array(${texts.join(", ")})`;
}

/** The values of a key as SQL. */
export function literalsOf(key: readonly KeyColumn[], cursor: Cursor): readonly string[] {
  return key.map(({ type }, i) => `${quoteLiteral(cursor[i]!)}::${type}`);
}

/** The ORDER BY list of these columns, in one direction. */
export function orderBy(columns: readonly string[], direction: "ASC" | "DESC" = "ASC"): string {
  return `ORDER BY ${columns.map((column) => `${column} ${direction}`).join(", ")}`;
}

/**
 * SQL that compares two keys in the order of the index: column after column.
 *
 * A row comparison lets the index scan start exactly at the key. If the columns' operators are in
 * several schemas (citext beside bigint), one qualified operator cannot serve all of them; then
 * only the first column limits the index scan.
 */
export function compare(
  key: readonly KeyColumn[],
  { left, is, right }: {
    readonly left: readonly string[];
    readonly is: Comparison;
    readonly right: readonly string[];
  },
): string {
  const operator = (i: number, name: Comparison) =>
    `OPERATOR(${quoteIdentifier(key[i]!.operators ?? "pg_catalog")}.${name})`;
  const one = (i: number, name: Comparison) => `${left[i]} ${operator(i, name)} ${right[i]}`;
  if (key.length === 1) return one(0, is);
  if (new Set(key.map(({ operators }) => operators)).size === 1) {
    return `ROW(${left.join(", ")}) ${operator(0, is)} ROW(${right.join(", ")})`;
  }
  const strict = is.slice(0, 1) as "<" | ">" | "=";
  const from = (i: number): string =>
    i === key.length - 1
      ? one(i, is)
      : `(${one(i, strict)} OR (${one(i, "=")} AND ${from(i + 1)}))`;
  return `(${one(0, `${strict}=` as "<=" | ">=")} AND ${from(0)})`;
}

/** A condition for the rows of a range that match the filter. */
export function inRange(
  { key, filter }: Scan,
  { after, until, alias }: KeyRange & { readonly alias: string },
): string {
  const left = columnsOf(key, alias);
  return [
    ...(after ? [compare(key, { left, is: ">", right: literalsOf(key, after) })] : []),
    compare(key, { left, is: "<=", right: literalsOf(key, until) }),
    ...(filter ? [`(${filter(alias)})`] : []),
  ].join(" AND ");
}

/**
 * A condition for the rows of a range in the scanned relation, for a body that may name the
 * partitioned table above it.
 */
export function keyCondition(scan: Scan, range: KeyRange & { readonly alias: string }): string {
  const condition = inRange(scan, range);
  return scan.part ? `${condition} AND ${scan.part(range.alias)}` : condition;
}

/** A query for the first and the last key that match the filter, each by one index lookup. */
export function keyExtent({ relation, key, filter }: Scan): string {
  const columns = columnsOf(key, SCANNED_ROW);
  const end = (direction: "ASC" | "DESC") =>
    `(
      SELECT ${asCursor(key, columns)}
      FROM ONLY ${relation} AS ${SCANNED_ROW}
      WHERE ${filter ? `(${filter(SCANNED_ROW)})` : "true"}
      ${orderBy(columns, direction)}
      LIMIT 1
    )`;
  return `SELECT ${end("ASC")} AS first, ${end("DESC")} AS last`;
}

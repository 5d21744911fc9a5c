// Pure.
/**
 * Keys in SQL: as JSON, as an order, and compared with other keys.
 *
 * Every type and operator is written with its schema, so that all of it means the same whatever
 * search_path it meets. The order is that of the columns' own collations and default operators, which
 * is the order of the index; ORDER BY needs no names for it.
 *
 * @module
 */

import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import type { Cursor, KeyColumn, KeyRange, Scan } from "./strategy.ts";

/** What rows are called in queries of our own; nothing in a filter is likely to be called that. */
export const SCANNED_ROW = quoteIdentifier("walked row");

/** How two keys may be compared. */
type Comparison = "<" | "<=" | "=" | ">" | ">=";

/** The key's columns under an alias (quoted; empty: none). */
export function columnsOf(key: readonly KeyColumn[], alias: string): readonly string[] {
  return key.map(({ name }) => qualify(alias, quoteIdentifier(name)));
}

/** A column, qualified where there is something to qualify it with. */
export function qualify(alias: string, column: string): string {
  return alias === "" ? column : `${alias}.${column}`;
}

/** A JSON array of the text of these values of the key's columns. */
export function asCursor(key: readonly KeyColumn[], values: readonly string[]): string {
  const texts = values.map((value, i) => `${value}::${key[i]!.type}::pg_catalog.text`);
  return `pg_catalog.json_build_array(${texts.join(", ")})`;
}

/** The values of a key as SQL. */
export function literalsOf(key: readonly KeyColumn[], cursor: Cursor): readonly string[] {
  return key.map(({ type }, i) => `${quoteLiteral(cursor[i]!)}::${type}`);
}

/** ORDER BY of these columns, one way. */
export function orderBy(columns: readonly string[], direction: "ASC" | "DESC" = "ASC"): string {
  return `ORDER BY ${columns.map((column) => `${column} ${direction}`).join(", ")}`;
}

/**
 * Compares two keys as the index does: column after column.
 *
 * As a row, so that an index is entered at the very key. Where the columns' operators are in several
 * schemas (citext beside bigint), no name would fit them all; then the first column alone finds the
 * place in the index.
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

/** True for the rows in a range that the filter lets through. */
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
 * True for the rows of a range, of the relation that is walked, for a body that may name the table that
 * it is a part of.
 */
export function keyCondition(scan: Scan, range: KeyRange & { readonly alias: string }): string {
  const condition = inRange(scan, range);
  return scan.part ? `${condition} AND ${scan.part(range.alias)}` : condition;
}

/** The first and the last key that the filter lets through, each by one look into the index. */
export function keyExtent({ relation, key, filter }: Scan): string {
  const columns = columnsOf(key, SCANNED_ROW);
  const where = filter ? ` WHERE (${filter(SCANNED_ROW)})` : "";
  const end = (direction: "ASC" | "DESC") =>
    `(SELECT ${asCursor(key, columns)} FROM ONLY ${relation} AS ${SCANNED_ROW}${where} ` +
    `${orderBy(columns, direction)} LIMIT 1)`;
  return `SELECT ${end("ASC")} AS first, ${end("DESC")} AS last`;
}

// Pure.
/**
 * What became of rows.
 *
 * @module
 */

import type { Rows, TableRow, TableRows } from "./table_rows.ts";

/** What became of the rows of one table. */
export interface RowDifference {
  /** Its qualified name. */
  readonly table: string;
  /** How many rows there were. */
  readonly before: number;
  /** How many of them are gone. */
  readonly lost: number;
  /** How many are there that were not. */
  readonly added: number;
  /** How many of them have another value somewhere. Only with a primary key can that be told. */
  readonly changed: number;
  /** The columns with another value, in alphabetical order. */
  readonly columns: readonly string[];
}

/** Tables with differences, in alphabetical order. The order of rows does not count, nor do times. */
export function compareRows(before: Rows, after: Rows): readonly RowDifference[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.map((name) => differenceOf(name, before.get(name), after.get(name)))
    .filter(({ lost, added, changed }) => lost + added + changed > 0);
}

function differenceOf(
  table: string,
  before: TableRows | undefined,
  after: TableRows | undefined,
): RowDifference {
  // Without the key on both sides, a row is known by all that is in it.
  const key = before && after && before.key.join() === after.key.join() ? before.key : [];
  const old = byKey(comparable(before), key);
  const found = byKey(comparable(after), key);
  const columns = new Set<string>();
  let [lost, added, changed] = [0, 0, 0];
  for (const [id, rows] of old) {
    const others = found.get(id) ?? [];
    lost += Math.max(0, rows.length - others.length);
    const [row, other] = [rows[0]!, others[0]];
    const different = other === undefined || key.length === 0 ? [] : changedColumns(row, other);
    if (different.length > 0) changed++;
    for (const column of different) columns.add(column);
  }
  for (const [id, rows] of found) {
    added += Math.max(0, rows.length - (old.get(id)?.length ?? 0));
  }
  return {
    table,
    before: before?.rows.length ?? 0,
    lost,
    added,
    changed,
    columns: [...columns].sort(),
  };
}

function comparable(table: TableRows | undefined): readonly TableRow[] {
  if (table === undefined) return [];
  const { rows, times } = table;
  if (times.length === 0) return rows;
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !times.includes(name)))
  );
}

function byKey(
  rows: readonly TableRow[],
  key: readonly string[],
): ReadonlyMap<string, readonly TableRow[]> {
  const groups = new Map<string, TableRow[]>();
  for (const row of rows) {
    const id = JSON.stringify(key.length === 0 ? ordered(row) : key.map((name) => row[name]));
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [row]);
    else group.push(row);
  }
  return groups;
}

function ordered(row: TableRow): readonly (readonly [string, unknown])[] {
  return Object.entries(row).sort(([a], [b]) => a < b ? -1 : 1);
}

function changedColumns(row: TableRow, other: TableRow): readonly string[] {
  return [...new Set([...Object.keys(row), ...Object.keys(other)])]
    .filter((name) => JSON.stringify(row[name]) !== JSON.stringify(other[name]));
}

// Pure.
/**
 * Finds the differences between two databases whose rows should be equal.
 *
 * @module
 */

import type { DatabaseState, TableState } from "./database_state.ts";

type Row = TableState["rows"][number];

/** One row that differs. */
export interface StateDifference {
  readonly table: string;
  /** Values by key column; the whole row without a primary key. */
  readonly key: Row;
  /** `missing` and `extra` describe the second database. */
  readonly kind: "missing" | "extra" | "changed";
  /** For a changed row: the columns with their values in the first and the second database. */
  readonly columns: readonly {
    readonly name: string;
    readonly wanted: string | null | undefined;
    readonly found: string | null | undefined;
  }[];
}

/** Differences to ignore. */
export interface ComparisonOptions {
  /** `table.column` or `column`. */
  readonly ignore: readonly string[];
  /**
   * Milliseconds since the epoch. Times from then on depend on when a migration ran and are
   * ignored.
   */
  readonly since: number;
}

/** Compares the tables of two states in both directions. */
export function compareStates(
  wanted: DatabaseState,
  found: DatabaseState,
  options: ComparisonOptions,
): readonly StateDifference[] {
  const names = [...new Set([...wanted.keys(), ...found.keys()])].sort();
  const nothing: TableState = { key: [], moments: [], rows: [] };
  return names.flatMap((table) =>
    compareTables(table, {
      wanted: wanted.get(table) ?? nothing,
      found: found.get(table) ?? nothing,
      options,
    })
  );
}

function compareTables(
  table: string,
  { wanted, found, options }: {
    readonly wanted: TableState;
    readonly found: TableState;
    readonly options: ComparisonOptions;
  },
): readonly StateDifference[] {
  const bare = table.slice(table.lastIndexOf(".") + 1);
  const isIgnored = (column: string) =>
    [column, `${bare}.${column}`, `${table}.${column}`]
      .some((name) => options.ignore.includes(name));
  const isMoment = new Set([...wanted.moments, ...found.moments]);
  const reduced = (row: Row) =>
    Object.fromEntries(
      Object.entries(row).filter(([name]) => !isIgnored(name)).map(([name, value]) =>
        isMoment.has(name) && isRecent(value, options.since)
          ? [name, "when it was done"]
          : [name, value]
      ),
    );
  const key = wanted.key.length > 0 ? wanted.key : found.key;
  const there = groupByKey(found.rows.map(reduced), key);
  const differences: StateDifference[] = [];
  for (const row of wanted.rows.map(reduced)) {
    const others = there.get(identity(row, key));
    const other = others?.pop();
    if (other === undefined) {
      differences.push({ table, key: keyOf(row, key), kind: "missing", columns: [] });
      continue;
    }
    const columns = [...new Set([...Object.keys(row), ...Object.keys(other)])]
      .filter((name) => row[name] !== other[name])
      .map((name) => ({ name, wanted: row[name], found: other[name] }));
    if (columns.length > 0) {
      differences.push({ table, key: keyOf(row, key), kind: "changed", columns });
    }
  }
  for (const row of [...there.values()].flat()) {
    differences.push({ table, key: keyOf(row, key), kind: "extra", columns: [] });
  }
  return differences;
}

/** One day of tolerance, because dates have no time zone. */
const DAY = 24 * 60 * 60 * 1_000;

function isRecent(value: string | null, since: number): boolean {
  return value !== null && Date.parse(value) >= since - DAY;
}

function identity(row: Row, key: readonly string[]): string {
  return JSON.stringify(key.length > 0 ? key.map((name) => row[name]) : row);
}

function keyOf(row: Row, key: readonly string[]): Row {
  return key.length > 0 ? Object.fromEntries(key.map((name) => [name, row[name] ?? null])) : row;
}

function groupByKey(rows: readonly Row[], key: readonly string[]): Map<string, Row[]> {
  const all = new Map<string, Row[]>();
  for (const row of rows) {
    const name = identity(row, key);
    all.set(name, [...all.get(name) ?? [], row]);
  }
  return all;
}

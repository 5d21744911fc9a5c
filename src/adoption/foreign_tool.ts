// Pure.
/**
 * What another migration tool keeps in a database, and how its history is read.
 *
 * @module
 */

import type { Row } from "../connection/session/session.ts";

/** A table that may hold the history of another tool. */
export interface ForeignTable {
  readonly schema: string;
  readonly name: string;
  /** PostgreSQL's name of each column's type: `character varying(255)`. */
  readonly columns: ReadonlyMap<string, string>;
}

/** Where one migration stands in another tool's history. */
export type EntryState =
  | "applied"
  /** The tool itself says that it failed, or marks the database dirty. */
  | "failed"
  /** The tool began it and recorded no end. */
  | "unfinished";

/** What another tool's history says of one migration. */
export interface ForeignEntry {
  /** What the tool knows the migration by: a version, a file's name, a hash. */
  readonly key: string;
  readonly state: EntryState;
  /** As the tool stores it. */
  readonly checksum?: string;
  /** As the server writes it. */
  readonly appliedAt?: string;
  /** What else a person should know, as a clause. */
  readonly remark?: string;
}

/** The history of another tool. */
export interface ForeignHistory {
  /**
   * `each`: an entry for every migration. `newest`: the one entry stands for itself and for every
   * migration that the tool orders before it.
   */
  readonly records: "each" | "newest";
  /** In the order in which the tool recorded them. */
  readonly entries: readonly ForeignEntry[];
  /** The key of a baseline: every migration that the tool orders up to it counts as applied. */
  readonly baseline?: string;
}

/** A migration tool whose history tables can be recognised. */
export interface ForeignTool {
  /** As it is typed after `adopt --from`. */
  readonly name: string;
  /** For messages. */
  readonly title: string;
  /** False for a tool whose files no layout reads: `adopt --baseline` is the way to take over. */
  readonly isAdoptable: boolean;
  /** Schemas of its own, in which its table is looked for wherever search_path leads. */
  readonly schemas?: readonly string[];
  /** Whether a table is its history, by name and columns. */
  recognises(table: ForeignTable): boolean;
  /**
   * The query that reads the table.
   *
   * @param table Quoted and qualified.
   * @param database The database of the product, for a table that holds the history of several.
   */
  query(table: string, database: string): string;
  /** A table beside it whose rows are locks: a program of the tool's runs, or was killed. */
  readonly lockTable?: string;
  /** What the rows of that query say. */
  read(rows: readonly Row[]): ForeignHistory;
}

/** Whether a table has columns of these types; a type that ends in `(` may have a length. */
export function hasColumns(
  { columns }: ForeignTable,
  wanted: Readonly<Record<string, string | readonly string[]>>,
): boolean {
  return Object.entries(wanted).every(([name, types]) => {
    const found = columns.get(name)?.replace(/\(.*\)/, "");
    return found !== undefined && [types].flat().includes(found);
  });
}

/** What an entry is known by whose row has no key: the tables of others may have been edited by hand. */
const NO_KEY = "NULL";

/** What the rows of a tool's query say. An entry without a key stays one, which no migration matches. */
export function historyOf(tool: ForeignTool, rows: readonly Row[]): ForeignHistory {
  const history = tool.read(rows);
  return {
    ...history,
    entries: history.entries.map((entry) => ({ ...entry, key: entry.key ?? NO_KEY })),
  };
}

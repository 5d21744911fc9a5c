// Pure.
/**
 * Describes another migration tool: its history table, and how to read it.
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

/** The state of one migration in another tool's history. */
export type EntryState =
  | "applied"
  /** The tool recorded a failure, or marked the database dirty. */
  | "failed"
  /** The tool recorded its beginning and no end. */
  | "unfinished";

/** One migration in another tool's history. */
export interface ForeignEntry {
  /** The tool's identifier of the migration: a version, a file name, a hash. */
  readonly key: string;
  readonly state: EntryState;
  /** As the tool stores it. */
  readonly checksum?: string;
  /** As the server writes it. */
  readonly appliedAt?: string;
  /** A remark for people, as a clause. */
  readonly remark?: string;
}

/** The history of another tool. */
export interface ForeignHistory {
  /**
   * `each`: one entry for every migration. `newest`: one entry, which stands for its migration and for every
   * migration that the tool orders before it.
   */
  readonly records: "each" | "newest";
  /** In the order in which the tool recorded them. */
  readonly entries: readonly ForeignEntry[];
  /** The key of a baseline. The tool counts every migration up to it as applied. */
  readonly baseline?: string;
}

/** A migration tool whose history tables can be recognised. */
export interface ForeignTool {
  /** The name for `adopt --from`. */
  readonly name: string;
  /** For messages. */
  readonly title: string;
  /** False if no layout reads the files of the tool; then only `adopt --baseline` helps. */
  readonly isAdoptable: boolean;
  /** Schemas of the tool, in which its table counts whatever the search_path is. */
  readonly schemas?: readonly string[];
  /** Recognises its history table by name and columns. */
  recognises(table: ForeignTable): boolean;
  /**
   * The query that reads the table.
   *
   * @param table Quoted and qualified.
   * @param database The database of the product, for a table that holds the history of several.
   */
  query(table: string, database: string): string;
  /** A table in the same schema whose rows are locks: the tool is running, or was killed. */
  readonly lockTable?: string;
  /** Reads the rows of that query. */
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

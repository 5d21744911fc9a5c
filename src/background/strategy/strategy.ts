// Pure.
/**
 * The port that batching strategies implement: SQL that scans a table.
 *
 * A range is `(after, until]` in the order of the key. Keys stay PostgreSQL's text everywhere:
 * JavaScript's numbers and dates would lose digits of bigint and microseconds, and so skip rows.
 *
 * @module
 */

import type { Row } from "../../connection/session/session.ts";
import type { JobArguments } from "../../definition/batched/job_arguments.ts";

/** A key: the text of each of its columns, in their order. For ctid, one block number. */
export type Cursor = readonly string[];

/** A column of the key. */
export interface KeyColumn {
  readonly name: string;
  /** The type of its literals, qualified: `pg_catalog.int8`, `"shop"."colour"`. Never a domain. */
  readonly type: string;
  /** The schema of its comparison operators; undefined: `pg_catalog`. */
  readonly operators?: string;
}

/** The scan of one relation: the table, or a leaf of a partitioned table. */
export interface Scan {
  /** Qualified and quoted. */
  readonly relation: string;
  /** Empty for ctid. */
  readonly key: readonly KeyColumn[];
  /**
   * The filter as SQL, its columns qualified with an alias (quoted; empty: unqualified); undefined
   * without one.
   */
  readonly filter?: (alias: string) => string;
  /**
   * For a leaf or a child: a condition for its rows among those of the table that bodies name.
   * Alias as for `filter`; undefined for a table that is scanned as a whole.
   */
  readonly part?: (alias: string) => string;
  /** `server_version_num`. */
  readonly server: number;
}

/** Rows with a key after `after` (undefined: from the first) and up to `until`. */
export interface KeyRange {
  readonly after: Cursor | undefined;
  readonly until: Cursor;
}

/** The input of a strategy in TypeScript. */
export interface NextBatchInput extends KeyRange {
  /** The first key in the range. */
  readonly first: Cursor;
  readonly size: number;
  readonly arguments: JobArguments;
  /** Runs a query in the transaction that creates the batch. */
  readonly ask: (query: string) => Promise<readonly Row[]>;
}

/**
 * A strategy that divides the rows of a relation.
 *
 * The SQL means the same with any search_path, except for names in a filter. So its queries run
 * with the search_path of the body.
 */
export interface BatchingStrategy {
  /**
   * A query for the first and the last key, as the JSON arrays `first` and `last`. It returns one
   * row, with NULL in both (or no row) if there are no rows. Its cost does not depend on the
   * table's size.
   */
  extent(scan: Scan): string;

  /**
   * A query for one row with `last`, a JSON array: the last key of the first `size` units (rows,
   * distinct values, blocks) of the range; NULL if the range has at most `size`. Rows with equal
   * keys stay together. With `first: true` it also returns `first`, the first key of the range;
   * NULL if the range is empty. Its cost is the same at the start and at the end of a table.
   */
  bound(
    scan: Scan,
    range: KeyRange & { readonly size: number; readonly first?: boolean },
  ): string;

  /**
   * A condition for the rows of a range that match the filter, for a WHERE with the table's alias.
   */
  condition(scan: Scan, range: KeyRange & { readonly alias: string }): string;

  /**
   * A query for the distinct keys of a range, ascending, each as a JSON array `key`. Only for a
   * strategy whose units are distinct keys.
   */
  distinct?(scan: Scan, range: KeyRange): string;

  /**
   * Finds the end of the next batch, in place of `bound`.
   *
   * @returns Undefined: the batch ends with the range.
   * @throws {Failure} `background/strategy-failed`.
   */
  nextBatch?(scan: Scan, range: NextBatchInput): Promise<Cursor | undefined>;
}

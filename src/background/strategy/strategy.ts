// Pure.
/**
 * The port that every batching strategy fills, as SQL: how a table is scanned.
 *
 * A range is what lies after one key and up to another, in the order of the key: `(after, until]`.
 * Keys are PostgreSQL's own text all the way: as numbers and dates, TypeScript would lose digits of
 * bigint and of microseconds, and rows with them.
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
  /** What its values are written as, qualified: `pg_catalog.int8`, `"shop"."colour"`. Never a domain. */
  readonly type: string;
  /** The schema of its comparison operators; undefined: `pg_catalog`. */
  readonly operators?: string;
}

/** A relation that is walked by itself: the table, or one leaf of a partitioned one. */
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
   * Where the relation is a leaf, or a child: true for its rows among those of the table, which is what
   * bodies name. Alias as with `filter`; undefined for a table that is walked as it is.
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

/** What a strategy that is not SQL alone is asked. */
export interface NextBatchInput extends KeyRange {
  /** The first key in the range. */
  readonly first: Cursor;
  readonly size: number;
  readonly arguments: JobArguments;
  /** Looks something up, in the transaction that hands the batch out. */
  readonly ask: (query: string) => Promise<readonly Row[]>;
}

/**
 * How the rows of a relation are divided.
 *
 * The SQL means the same with any search_path, but for what a filter names: that it must find in all
 * three, so a walk with a filter is asked with the path that the body gets.
 */
export interface BatchingStrategy {
  /**
   * The first and the last key that there is, as the JSON arrays `first` and `last`: one row, NULL in
   * both (or no row) where there is nothing. Costs the same however large the table is.
   */
  extent(scan: Scan): string;

  /**
   * A query of one row with `last`, a JSON array: the key that the first `size` units (rows, distinct
   * values, blocks) of the range end with; NULL when there are no more than `size`, so that the range
   * ends where it is to. Rows with equal keys are never parted. With `first: true` also `first`, the
   * first key in the range, NULL when it is empty. Costs the same at the start and at the end of a
   * table.
   */
  bound(
    scan: Scan,
    question: KeyRange & { readonly size: number; readonly first?: boolean },
  ): string;

  /** True for the rows of a range, filter included; for a WHERE over the relation under that alias. */
  condition(scan: Scan, range: KeyRange & { readonly alias: string }): string;

  /** The distinct keys of a range, ascending, each as a JSON array `key`; where units are such keys. */
  distinct?(scan: Scan, range: KeyRange): string;

  /**
   * Where the next batch ends, asked instead of `bound` when one is handed out.
   *
   * @returns Undefined: with the range.
   * @throws {Failure} `background/strategy-failed`.
   */
  nextBatch?(scan: Scan, question: NextBatchInput): Promise<Cursor | undefined>;
}

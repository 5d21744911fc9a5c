// Pure.
/**
 * SQL of a batched migration with its holes filled.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";

import type { JobArgument, JobArguments } from "./job_arguments.ts";

/**
 * A piece of SQL in which calls of `batch(alias)` and `argument('name')` stand for what is known only
 * when it is run. `text.slice(start, end)` of a hole is the call.
 */
export interface SqlTemplate {
  /** One statement, or an expression, without a closing semicolon. */
  readonly text: string;
  /** Ascending, never overlapping. */
  readonly holes: readonly Hole[];
  /** Where its first character stands in the file that declared it, for errors; 1-based. */
  readonly line: number;
}

/** A call that is replaced, or a place where something is put in. */
export interface Hole {
  /** Offset in `text`, in UTF-16 units. */
  readonly start: number;
  /** Offset just after it. */
  readonly end: number;
  /**
   * `batch(t)`: true for the rows of this sub-batch. `argument('n')`: the job's argument. `column`: in
   * a filter, a column without a table, before which the table's alias is put (`start` is `end`).
   */
  readonly kind: "batch" | "argument" | "column";
  /** The alias of the table (quoted as written; empty for `batch()`); the argument's, the column's name. */
  readonly name: string;
}

/** What goes into the holes. */
export interface Filling {
  /** The condition for the rows of a sub-batch, of the table under this alias (empty: none). */
  readonly condition?: (alias: string) => string;
  readonly arguments: JobArguments;
  /** What the columns of a filter are qualified with, quoted; empty: nothing. */
  readonly alias?: string;
}

/**
 * The template as SQL.
 *
 * @throws {RangeError} For a hole that nothing is given for: declarations are checked when they are read.
 */
export function renderTemplate({ text, holes }: SqlTemplate, filling: Filling): string {
  let sql = "";
  let at = 0;
  for (const hole of holes) {
    sql += text.slice(at, hole.start);
    if (hole.kind === "column") sql += filling.alias ? `${filling.alias}.` : "";
    else if (hole.kind === "batch") {
      if (!filling.condition) throw new RangeError("batch() stands where there is no sub-batch");
      sql += `(${filling.condition(hole.name)})`;
    } else {
      const value = filling.arguments[hole.name];
      if (value === undefined) throw new RangeError(`there is no argument ${hole.name}`);
      sql += argumentLiteral(value);
    }
    at = hole.end;
  }
  return sql + text.slice(at);
}

/** Text without a type, so that it takes the one that is wanted; lists and mappings are jsonb. */
function argumentLiteral(value: JobArgument): string {
  if (value === null) return "NULL";
  if (typeof value === "string") return quoteLiteral(value);
  if (typeof value === "object") return `${quoteLiteral(JSON.stringify(value))}::pg_catalog.jsonb`;
  return typeof value === "number" && value < 0 ? `(${value})` : String(value);
}

// Pure.
/**
 * SQL of a batched migration, with holes to fill at run time.
 *
 * @module
 */

import { asciiComments } from "../../sql/ascii_comments.ts";
import { quoteLiteral } from "../../sql/identifier.ts";

import type { JobArgument, JobArguments } from "./job_arguments.ts";

/**
 * SQL in which calls of `batch(alias)` and `argument('name')` are replaced at run time.
 * `text.slice(start, end)` of a hole is the call.
 */
export interface SqlTemplate {
  /** One statement, or an expression, without a closing semicolon. */
  readonly text: string;
  /** Ascending, never overlapping. */
  readonly holes: readonly Hole[];
  /** 1-based line of its first character in the file that declares it, for error messages. */
  readonly line: number;
}

/** A call to replace, or a position at which to insert. */
export interface Hole {
  /** Offset in `text`, in UTF-16 units. */
  readonly start: number;
  /** Offset just after it. */
  readonly end: number;
  /**
   * `batch(t)`: a condition, true for the rows of this sub-batch. `argument('n')`: the job's
   * argument. `column`: a bare column of a filter, before which the table's alias is inserted
   * (`start` equals `end`).
   */
  readonly kind: "batch" | "argument" | "column";
  /**
   * The table's alias (quoted as written; empty for `batch()`), or the name of the argument or
   * column.
   */
  readonly name: string;
}

/** What fills the holes. */
export interface Filling {
  /**
   * The condition on the rows of a sub-batch, for the table under this alias (empty: unqualified).
   */
  readonly condition?: (alias: string) => string;
  readonly arguments: JobArguments;
  /** The quoted alias that qualifies the columns of a filter; empty: unqualified. */
  readonly alias?: string;
}

/**
 * Renders the template as SQL. Comments become ASCII: the database's encoding may lack their
 * characters.
 *
 * @throws {RangeError} For a hole that the filling does not cover; validated declarations have
 * none.
 */
export function renderTemplate(
  { text: written, holes }: SqlTemplate,
  filling: Filling,
): string {
  const text = asciiComments(written);
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

/**
 * An untyped literal, which takes the type that its context wants; lists and mappings are jsonb.
 */
function argumentLiteral(value: JobArgument): string {
  if (value === null) return "NULL";
  if (typeof value === "string") return quoteLiteral(value);
  if (typeof value === "object") return `${quoteLiteral(JSON.stringify(value))}::pg_catalog.jsonb`;
  return typeof value === "number" && value < 0 ? `(${value})` : String(value);
}

// Pure.
/**
 * SQL of a batched migration with its holes filled.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import type { BatchedMigration, JobArgument, SqlTemplate } from "./batched_migration.ts";

/** What goes into the holes. */
export interface Filling {
  /** The condition for the rows of a sub-batch, of the table under this alias (empty: none). */
  readonly condition?: (alias: string) => string;
  readonly arguments: BatchedMigration["arguments"];
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

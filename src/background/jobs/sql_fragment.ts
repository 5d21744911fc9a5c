// Pure.
/**
 * SQL that a job writes as a tagged template. Values become literals, so a value cannot inject SQL.
 *
 * @module
 */

import { scan } from "../../sql/scanner.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import { JobMisuse } from "../worker/job_error.ts";

/** A piece of SQL that is inserted into a template unchanged, such as a name or a condition. */
export class SqlFragment {
  /**
   * Creates a fragment.
   *
   * @param text The SQL, sent unchanged.
   */
  constructor(readonly text: string) {}
}

/** A value of a template. */
export type SqlValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | SqlFragment
  | readonly SqlValue[]
  | { readonly [key: string]: unknown };

/**
 * A quoted name of a table, a column or another object: `ident("public", "Routes")` is
 * `"public"."Routes"`.
 */
export function ident(...names: readonly [string, ...string[]]): SqlFragment {
  return new SqlFragment(names.map(quoteIdentifier).join("."));
}

/** A value as `jsonb`. Use it for JavaScript arrays, which otherwise become PostgreSQL arrays. */
export function json(value: unknown): SqlFragment {
  const text = JSON.stringify(value);
  if (text === undefined) {
    throw new JobMisuse("json() was given something that JSON has no word for.");
  }
  return new SqlFragment(`${quoteLiteral(text)}::pg_catalog.jsonb`);
}

/**
 * Renders a template as one statement.
 *
 * @throws {JobMisuse} The template holds no statement, several, or one that a sub-batch must not
 * send; or a value has no SQL literal.
 */
export function statementOf(
  strings: TemplateStringsArray,
  values: readonly SqlValue[],
): string {
  const text = strings.reduce((sql, piece, i) => sql + literalOf(values[i - 1]) + piece);
  const tokens = [...scan(text)].map(({ start, end }) => text.slice(start, end));
  const first = tokens[0]?.toUpperCase();
  const semicolon = tokens.indexOf(";");
  if (first === undefined || first === ";") throw new JobMisuse("sql`` has no statement in it.");
  if (semicolon >= 0 && tokens.slice(semicolon).some((token) => token !== ";")) {
    throw new JobMisuse("sql`` has several statements: send each by itself, then its rows count.");
  }
  if (REFUSED.has(first)) {
    throw new JobMisuse(`A sub-batch is a transaction already, and must not send ${first}.`);
  }
  return text;
}

/**
 * Statements that end the transaction, change the session beyond it, or wait for rows from the
 * client.
 */
const REFUSED = new Set([
  "ABORT",
  "BEGIN",
  "COMMIT",
  "COPY",
  "DISCARD",
  "END",
  "LISTEN",
  "PREPARE",
  "RELEASE",
  "RESET",
  "ROLLBACK",
  "SAVEPOINT",
  "SET",
  "START",
  "UNLISTEN",
]);

/**
 * A value as a literal. Text is an untyped literal, so it takes the type that the context requires.
 */
export function literalOf(value: SqlValue | undefined): string {
  if (value === null) return "NULL";
  if (value instanceof SqlFragment) return value.text;
  if (value instanceof Date) return `${quoteLiteral(isoOf(value))}::pg_catalog.timestamptz`;
  if (value instanceof Uint8Array) return `'\\x${hexOf(value)}'::pg_catalog.bytea`;
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "boolean":
      return String(value);
    case "bigint":
      return value < 0n ? `(${value})` : String(value);
    case "number":
      if (!Number.isFinite(value)) return `'${value}'::pg_catalog.float8`;
      return value < 0 ? `(${value})` : String(value);
    case "object":
      return isList(value) ? quoted(arrayText(value)) : json(value).text;
    default:
      throw new JobMisuse(`sql\`\` was given ${typeof value}, which is no value: NULL is null.`);
  }
}

function quoted(text: string): string {
  if (text.includes("\0")) throw new JobMisuse("Text in PostgreSQL cannot hold a NUL character.");
  return quoteLiteral(text);
}

/** `Array.isArray` does not narrow to readonly arrays. */
function isList(value: object): value is readonly SqlValue[] {
  return Array.isArray(value);
}

/**
 * PostgreSQL's text of an array; it takes the type that the context requires, as in `= ANY
 * (${ids})`.
 */
function arrayText(values: readonly SqlValue[]): string {
  return `{${values.map(elementText).join(",")}}`;
}

function elementText(value: SqlValue): string {
  if (value === null) return "NULL";
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return String(value);
  }
  if (value instanceof SqlFragment) throw new JobMisuse("A list in sql`` holds SQL, not values.");
  if (typeof value === "object" && isList(value)) return arrayText(value);
  const text = value instanceof Date
    ? isoOf(value)
    : value instanceof Uint8Array
    ? `\\x${hexOf(value)}`
    : typeof value === "string"
    ? value
    : JSON.stringify(value);
  if (text === undefined) throw new JobMisuse("A list in sql`` holds undefined: NULL is null.");
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function isoOf(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new JobMisuse("sql`` was given an invalid Date.");
  return date.toISOString();
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

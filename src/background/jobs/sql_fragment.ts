// Pure.
/**
 * SQL that a job writes as a tagged template. Values become literals, so no value can be taken for
 * SQL.
 *
 * @module
 */

import { scan } from "../../sql/scanner.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import { JobMisuse } from "../worker/job_error.ts";

/** A piece of SQL that goes into a template as it is: a name, a condition. */
export class SqlFragment {
  /** @param text The SQL, sent as it is. */
  /** Makes a fragment of SQL that is sent as it is. */
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

/** A name of a table, a column, …, quoted: `ident("public", "Routes")` is `"public"."Routes"`. */
export function ident(...names: readonly [string, ...string[]]): SqlFragment {
  return new SqlFragment(names.map(quoteIdentifier).join("."));
}

/** A value as `jsonb`; for lists, which else are arrays. */
export function json(value: unknown): SqlFragment {
  const text = JSON.stringify(value);
  if (text === undefined) {
    throw new JobMisuse("json() was given something that JSON has no word for.");
  }
  return new SqlFragment(`${quoteLiteral(text)}::pg_catalog.jsonb`);
}

/**
 * The one statement that a template is.
 *
 * @throws {JobMisuse} When it is none, several, or one that a sub-batch must not send; and for values
 * that SQL cannot hold.
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

/** What would end the transaction, outlive it in the session, or wait for a client that sends rows. */
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

/** A value as a literal. Text has no type of its own, so that it takes the one that is wanted. */
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

/** `Array.isArray` does not know readonly arrays. */
function isList(value: object): value is readonly SqlValue[] {
  return Array.isArray(value);
}

/** PostgreSQL's text of an array, which takes the type that is wanted: `= ANY (${ids})`. */
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

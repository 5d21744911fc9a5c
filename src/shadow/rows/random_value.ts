// Pure.
/**
 * Random values that a column accepts.
 *
 * @module
 */

import type { ColumnShape } from "./table_shape.ts";

/** The distance of unique whole numbers: with gaps, as in real tables. */
export const STEP = 3;

/** Options for a random value. */
export interface ValueOptions {
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  /** A number that differs for each row. */
  readonly number: number;
  /** Words and numbers in conditions on the table, which are likely values. */
  readonly literals: readonly string[];
  /** The probability of NULL in a nullable column. */
  readonly nulls: number;
}

/** A random value as PostgreSQL's text; null for NULL; undefined for the column's default. */
export function randomValue(
  column: ColumnShape,
  valueOptions: ValueOptions,
): string | null | undefined {
  const { random, nulls } = valueOptions;
  if (column.isGenerated) return undefined;
  if (!column.notNull && random() < nulls) return null;
  // Key columns do not take their default: a sequence would leave no gaps.
  if (column.hasDefault && !column.isUnique && random() < 0.5) return undefined;
  const value = valueOf(column, valueOptions);
  return value ?? (column.hasDefault ? undefined : null);
}

function valueOf(column: ColumnShape, valueOptions: ValueOptions): string | undefined {
  const { type, category, labels, length } = column;
  const { random, number } = valueOptions;
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(items: readonly T[]) => items[below(items.length)];
  if (labels.length > 0) return pick(labels);
  if (category === "A") return "{}";
  if (category === "R") return "empty";
  switch (type) {
    case "int2":
      return wholeNumber(column, valueOptions, 30_000);
    case "int4":
    case "int8":
    case "oid":
      return wholeNumber(column, valueOptions, 1_000_000);
    case "numeric":
      return wholeNumber(column, valueOptions, 10 ** Math.min(length ?? 6, 6));
    case "float4":
    case "float8":
      return String(below(1_000) / 4);
    case "money":
      return String(below(1_000));
    case "bool":
      return random() < 0.5 ? "t" : "f";
    case "text":
    case "varchar":
    case "bpchar":
    case "citext":
    case "name":
      return word(column, valueOptions);
    case "char":
      return pick([..."abc"]);
    case "uuid":
      return uuid(random);
    case "date":
      return moment(valueOptions).slice(0, 10);
    case "timestamp":
    case "timestamptz":
      return moment(valueOptions);
    case "time":
    case "timetz":
      return moment(valueOptions).slice(11);
    case "interval":
      return `${below(1_000)} minutes`;
    case "json":
    case "jsonb":
      return JSON.stringify({ n: below(10) });
    case "bytea":
      return `\\x${below(2 ** 30).toString(16).padStart(8, "0")}`;
    case "inet":
    case "cidr":
      return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
    case "macaddr":
      return `08:00:2b:${hex(number >> 16)}:${hex(number >> 8)}:${hex(number)}`;
    case "bit":
    case "varbit":
      return Array.from({ length: length ?? 1 }, () => below(2)).join("");
    case "tsvector":
      return `w${below(100)}`;
    case "xml":
      return "<a/>";
    case "point":
      return `(${below(100)},${below(100)})`;
    default:
      return undefined;
  }
}

function wholeNumber(
  { isUnique }: ColumnShape,
  { random, number, literals }: ValueOptions,
  limit: number,
): string {
  if (isUnique) return String(number * STEP + 1);
  const named = literals.filter((one) => /^-?\d{1,9}$/.test(one));
  if (named.length > 0 && random() < 0.6) {
    const near = Number(named[Math.floor(random() * named.length)]);
    return String(near + Math.floor(random() * 3));
  }
  return String(Math.floor(random() * limit));
}

function word(
  { isUnique, length }: ColumnShape,
  { random, number, literals }: ValueOptions,
): string {
  const named = literals.filter((one) => length === null || one.length <= length);
  if (!isUnique && named.length > 0 && random() < 0.6) {
    return named[Math.floor(random() * named.length)]!;
  }
  const text = `w${number.toString(36)}`;
  return length === null ? text : text.slice(-length);
}

function uuid(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
  digits[12] = "4";
  digits[16] = "a";
  const part = (from: number, to: number) => digits.slice(from, to).join("");
  return [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
}

/** A time such as `2024-03-01 10:00:00`, or one from the conditions. */
function moment({ random, literals }: ValueOptions): string {
  const named = literals.filter((one) => /^\d{4}-\d\d-\d\d/.test(one));
  if (named.length > 0 && random() < 0.8) {
    const [day = ""] = named[Math.floor(random() * named.length)]!.split(/[ T]/);
    return `${day} ${twoDigits(random() * 24)}:${twoDigits(random() * 60)}:00`;
  }
  return `2024-${twoDigits(1 + random() * 12)}-${twoDigits(1 + random() * 28)} ${
    twoDigits(random() * 24)
  }:00:00`;
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}

function hex(value: number): string {
  return (value & 255).toString(16).padStart(2, "0");
}

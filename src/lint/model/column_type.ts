// Pure.
/**
 * Types of columns, and which changes of them need no rewrite.
 *
 * @module
 */

import type { Node, TypeName } from "@pgsql/types";
import { textsOf } from "./relation_name.ts";

/** A type as a statement writes it. */
export interface ColumnType {
  /** PostgreSQL's own name of a built-in type (`int4`, `varchar`), else as written. */
  readonly name: string;
  /** Numbers between parentheses: `numeric(10, 2)` has two. */
  readonly modifiers: readonly number[];
  readonly isArray: boolean;
}

/** Reads a type. */
export function columnType({ names = [], typmods = [], arrayBounds = [] }: TypeName): ColumnType {
  return {
    name: textsOf(names).at(-1) ?? "",
    modifiers: typmods.flatMap(wholeNumber),
    isArray: arrayBounds.length > 0,
  };
}

function wholeNumber(node: Node): readonly number[] {
  return "A_Const" in node && node.A_Const.ival !== undefined ? [node.A_Const.ival.ival ?? 0] : [];
}

/** The name for people: `integer`, `varchar(20)`. */
export function typeLabel({ name, modifiers, isArray }: ColumnType): string {
  const written = WRITTEN[name] ?? name;
  return `${written}${modifiers.length > 0 ? `(${modifiers.join(", ")})` : ""}${
    isArray ? "[]" : ""
  }`;
}

const WRITTEN: Readonly<Record<string, string>> = {
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  bool: "boolean",
  bpchar: "char",
  float4: "real",
  float8: "double precision",
};

/** The pseudo-types that create a sequence. */
export const SERIAL_TYPES: readonly string[] = [
  "serial",
  "bigserial",
  "smallserial",
  "serial2",
  "serial4",
  "serial8",
];

/**
 * What PostgreSQL does when a column's type changes without a USING expression that computes. `keep`: only
 * the catalog changes. `check`: rows are read but not rewritten. `rewrite`: table and indexes are
 * rewritten. From the documentation of ALTER TABLE and the support functions of each type; a domain or a
 * type that is not listed counts as `rewrite`.
 */
export function typeChange(from: ColumnType, to: ColumnType): "keep" | "rewrite" | "depends" {
  if (from.isArray !== to.isArray) return "rewrite";
  const pair = `${from.name}>${to.name}`;
  if (pair === "timestamp>timestamptz" || pair === "timestamptz>timestamp") {
    // Both are stored alike where the session's TimeZone is UTC.
    return limit(to) === Infinity || limit(to) >= limit(from) ? "depends" : "rewrite";
  }
  if (from.name === "numeric" && to.name === "numeric") {
    if (to.modifiers.length === 0) return "keep";
    const [digits = Infinity, scale = 0] = from.modifiers;
    const [newDigits = 0, newScale = 0] = to.modifiers;
    return from.modifiers.length > 0 && newDigits >= digits && newScale === scale
      ? "keep"
      : "rewrite";
  }
  if (pair === "bpchar>bpchar" || pair === "bit>bit") {
    return (from.modifiers[0] ?? 1) === (to.modifiers[0] ?? 1) ? "keep" : "rewrite";
  }
  // The cast to varbit loses the length that the limit would be compared with.
  if (pair === "bit>varbit") return to.modifiers.length === 0 ? "keep" : "rewrite";
  const isSame = from.name === to.name || COERCIBLE.has(pair);
  return isSame && limit(to) >= limit(from) ? "keep" : "rewrite";
}

/** The length, precision or number of fractional digits; times have six where nothing is said. */
function limit({ name, modifiers }: ColumnType): number {
  // An interval's first modifier is the mask of its fields.
  if (name === "interval") return modifiers[1] ?? 6;
  return modifiers[0] ?? (/^time/.test(name) ? 6 : Infinity);
}

/** Pairs that are binary coercible, each in the direction in which it needs no function. */
const COERCIBLE: ReadonlySet<string> = new Set([
  "varchar>text",
  "text>varchar",
  "citext>text",
  "citext>varchar",
  "text>citext",
  "varchar>citext",
  "cidr>inet",
  "xml>text",
  "xml>varchar",
  "int4>oid",
  "oid>int4",
]);

/**
 * Random rows that a table accepts, as far as its columns, keys and conditions show it.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import { scan } from "../../sql/scanner.ts";
import { randomValue, STEP } from "./random_value.ts";
import type { ReferenceShape, TableShape } from "./table_shape.ts";

/** Options for random rows. */
export interface GeneratorOptions {
  readonly tables: readonly TableShape[];
  /** The `relation` of the table that a batched migration scans, if there is one. */
  readonly scanned: string;
  /**
   * Columns that the batched migration fills; the next field is the probability that each is left
   * NULL.
   */
  readonly blank: readonly string[];
  readonly blankness: number;
  /** SQL whose words and numbers some rows should contain. */
  readonly hints: readonly string[];
  /** The probability of NULL in a nullable column. Default: 0.15. */
  readonly nulls?: number;
  readonly random: () => number;
}

/** What random rows of one table are generated from. */
export interface RowGenerator {
  readonly table: TableShape;
  readonly blank: readonly string[];
  readonly blankness: number;
  /** Words and numbers by column. */
  readonly literals: ReadonlyMap<string, readonly string[]>;
  /** Existing keys, by foreign key. */
  readonly parents: ReadonlyMap<ReferenceShape, readonly (readonly (string | null)[])[]>;
  /** The probability of NULL in a nullable column. */
  readonly nulls: number;
  readonly random: () => number;
}

/** Creates the generator of a table; reads the keys that its rows may reference. */
export async function rowGeneratorOf(
  session: Session,
  { table, tables, scanned, blank, blankness, hints, nulls = NULLS, random }: GeneratorOptions & {
    readonly table: TableShape;
  },
): Promise<RowGenerator> {
  const parents = new Map<ReferenceShape, readonly (readonly (string | null)[])[]>();
  for (const reference of table.references) {
    const to = tables.find(({ oid }) => oid === reference.to);
    if (to === undefined) continue;
    const columns = reference.toColumns.map((name) => `${quoteIdentifier(name)}::text`).join(", ");
    const { rows } = await session.query(
      `SELECT json_build_array(${columns}) AS key
      FROM ${to.relation}
      ORDER BY ${columns}`,
    );
    parents.set(reference, rows.map((row) => JSON.parse(row["key"]!)));
  }
  const isScanned = table.relation === scanned;
  const texts = [
    ...table.conditions,
    ...(isScanned ? hints : []).map((sql) => ({ sql, column: null })),
  ]
    .map(({ sql, column }) => ({ column, ...wordsIn(sql) }));
  const literals = table.columns.map(({ name }) => {
    const about = texts.filter(({ column, names }) => column === name || names.has(name));
    return [name, [...new Set(about.flatMap((one) => one.literals))]] as const;
  });
  return {
    table,
    blank: isScanned ? blank : [],
    blankness,
    literals: new Map(literals),
    parents,
    nulls,
    random,
  };
}

/** The identifiers, words and numbers in SQL. */
function wordsIn(sql: string) {
  const tokens = [...scan(sql)].map(({ start, end }) => sql.slice(start, end));
  return {
    names: new Set(tokens.map((token) => token.replaceAll('"', ""))),
    literals: tokens.flatMap((token) => {
      if (/^\d+$/.test(token)) return [token];
      return /^'.*'$/s.test(token) ? [token.slice(1, -1).replaceAll("''", "'")] : [];
    }),
  };
}

/** An INSERT of a random row. */
export function randomInsert(rowGenerator: RowGenerator, number: number): string {
  const values = randomRow(rowGenerator, number);
  const columns = [...values.keys()].map(quoteIdentifier);
  const texts = [...values.values()].map((value) => value === null ? "NULL" : quoteLiteral(value));
  return columns.length === 0
    ? `INSERT INTO ${rowGenerator.table.relation} DEFAULT VALUES`
    : `INSERT INTO ${rowGenerator.table.relation} (${
      columns.join(", ")
    }) OVERRIDING SYSTEM VALUE ` +
      `VALUES (${texts.join(", ")})`;
}

/** As in tables of an application. */
const NULLS = 0.15;

/** Random values by column, without columns that take their default. */
export function randomRow(
  { table, blank, blankness, literals, parents, nulls: usual, random }: RowGenerator,
  number: number,
): ReadonlyMap<string, string | null> {
  const values = new Map<string, string | null>();
  for (const column of table.columns) {
    const nulls = blank.includes(column.name) ? blankness : usual;
    const named = literals.get(column.name) ?? [];
    const value = randomValue(column, { random, number, literals: named, nulls });
    if (value !== undefined) values.set(column.name, value);
  }
  for (const [{ columns }, keys] of parents) {
    const isOptional = columns.some((name) =>
      !table.columns.find((column) => column.name === name)?.notNull
    );
    const isBlank = columns.some((name) => blank.includes(name));
    const nulls = isBlank ? blankness : usual;
    const isNone = keys.length === 0 || (isOptional && random() < nulls);
    const key = isNone ? undefined : keys[Math.floor(random() * keys.length)];
    if (key === undefined && !isOptional) continue;
    columns.forEach((name, i) => {
      const column = table.columns.find((one) => one.name === name)!;
      if (key !== undefined) values.set(name, key[i]!);
      else if (!column.notNull) values.set(name, null);
    });
  }
  return values;
}

/** Types whose unique values are made of the row's number, by `randomValue`. */
const NUMBERED = ["int2", "int4", "int8", "oid", "numeric"];

/** A number for the next row whose keys are above those that are there, such as a migration's. */
export async function firstFreeNumber(session: Session, table: TableShape): Promise<number> {
  const columns = table.columns.filter(({ isUnique, type }) => isUnique && NUMBERED.includes(type));
  if (columns.length === 0) return 1;
  const greatest = columns.map(({ name }) => `max(${quoteIdentifier(name)})`);
  const { rows } = await session.query(
    `SELECT ceil(GREATEST(${greatest.join(", ")}, 0) / ${STEP}.0)::bigint + 1 AS first
    FROM ${table.relation}`,
  );
  return Number(rows[0]!["first"]);
}

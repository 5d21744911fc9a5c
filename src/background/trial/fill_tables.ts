/**
 * Fills tables with random rows as they may have been before the migrations: without triggers and
 * without NOT VALID constraints.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import { scan } from "../../sql/scanner.ts";
import { randomValue, STEP } from "./random_value.ts";
import type { ReferenceShape, TableShape } from "./table_shape.ts";

/** Options for filling tables. */
export interface FillOptions {
  readonly tables: readonly TableShape[];
  /** The `relation` of the scanned table; the next field is its number of rows. */
  readonly scanned: string;
  readonly rows: number;
  /**
   * Columns that the batched migration fills; the next field is the probability that each is left
   * NULL.
   */
  readonly blank: readonly string[];
  readonly blankness: number;
  /** SQL whose words and numbers some rows should contain. */
  readonly hints: readonly string[];
  readonly random: () => number;
}

/** The rows of a referenced table, as a share of those of the scanned table. */
const PARENTS_SHARE = 0.2;
const FEWEST = 5;

/** The most attempts to draw a row that the database accepts. */
const TRIES = 25;

/**
 * Fills the tables, referenced ones first.
 *
 * @throws {Failure} `background/test-data`: the database accepts no row.
 */
export async function fillTables(session: Session, fillOptions: FillOptions): Promise<void> {
  const { tables, scanned, rows } = fillOptions;
  await asBefore(session, tables, async () => {
    for (const table of tables) {
      const count = table.relation === scanned
        ? rows
        : Math.max(FEWEST, Math.round(rows * PARENTS_SHARE));
      const drawing = await rowGeneratorOf(session, { ...fillOptions, table });
      const first = await firstFreeNumber(session, table);
      for (let i = 0; i < count; i++) await insertDrawn(session, drawing, first + i);
    }
  });
  for (const table of tables) await setCounters(session, table);
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

/**
 * Runs work while triggers are disabled and NOT VALID constraints are dropped.
 *
 * @throws {SqlError} The server refused a statement.
 */
export async function asBefore(
  session: Session,
  tables: readonly TableShape[],
  work: () => Promise<void>,
): Promise<void> {
  for (const { relation, triggers, notValid } of tables) {
    for (const { name } of triggers) {
      await session.query(`ALTER TABLE ${relation} DISABLE TRIGGER ${quoteIdentifier(name)}`);
    }
    for (const { name } of notValid) {
      await session.query(`ALTER TABLE ${relation} DROP CONSTRAINT ${quoteIdentifier(name)}`);
    }
  }
  await work();
  const enabling: Readonly<Record<string, string>> = { A: "ALWAYS ", R: "REPLICA " };
  for (const { relation, triggers, notValid } of tables) {
    for (const { name, enabled } of triggers) {
      await session.query(
        `ALTER TABLE ${relation} ENABLE ${enabling[enabled] ?? ""}TRIGGER ${quoteIdentifier(name)}`,
      );
    }
    for (const { name, definition } of notValid) {
      await session.query(
        `ALTER TABLE ${relation} ADD CONSTRAINT ${quoteIdentifier(name)} ${definition}`,
      );
    }
  }
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
  readonly random: () => number;
}

/** Creates the generator of a table; reads the keys that its rows may reference. */
export async function rowGeneratorOf(
  session: Session,
  { table, tables, scanned, blank, blankness, hints, random }: Omit<FillOptions, "rows"> & {
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

/**
 * Draws rows until the database accepts one.
 *
 * @throws {Failure} `background/test-data`.
 */
async function insertDrawn(
  session: Session,
  rowGenerator: RowGenerator,
  number: number,
): Promise<void> {
  let refused: SqlError | undefined;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    try {
      await session.query(randomInsert(rowGenerator, number));
      return;
    } catch (error) {
      if (!(error instanceof SqlError) || !/^2[23]/.test(error.server.sqlstate)) throw error;
      refused = error;
    }
  }
  const { sqlstate, message } = refused!.server;
  throw new Failure(
    "background/test-data",
    `No row of those that were drawn is taken by ${rowGenerator.table.relation}: ${message} ` +
      `(SQLSTATE ${sqlstate}).`,
    { hint: "Write rows yourself: migrator background test … --data rows.sql" },
  );
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

/** The probability of NULL in a nullable column. */
const NULLS = 0.15;

/** Random values by column, without columns that take their default. */
export function randomRow(
  { table, blank, blankness, literals, parents, random }: RowGenerator,
  number: number,
): ReadonlyMap<string, string | null> {
  const values = new Map<string, string | null>();
  for (const column of table.columns) {
    const nulls = blank.includes(column.name) ? blankness : NULLS;
    const named = literals.get(column.name) ?? [];
    const value = randomValue(column, { random, number, literals: named, nulls });
    if (value !== undefined) values.set(column.name, value);
  }
  for (const [{ columns }, keys] of parents) {
    const isOptional = columns.some((name) =>
      !table.columns.find((column) => column.name === name)?.notNull
    );
    const isBlank = columns.some((name) => blank.includes(name));
    const nulls = isBlank ? blankness : NULLS;
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

/** Advances sequences beyond the inserted values. */
async function setCounters(
  session: Session,
  { relation, columns, key }: TableShape,
): Promise<void> {
  for (const { name } of columns.filter((one) => key.includes(one.name) && one.hasDefault)) {
    const counter = `pg_get_serial_sequence(${quoteLiteral(relation)}, ${quoteLiteral(name)})`;
    await session.query(
      `SELECT setval(${counter}, (SELECT max(${
        quoteIdentifier(name)
      })::bigint + 1 FROM ${relation})) ` +
        `WHERE ${counter} IS NOT NULL`,
    ).catch((error: unknown) => {
      // The key has another default, such as a uuid.
      if (!(error instanceof SqlError)) throw error;
    });
  }
}

/**
 * Fills tables with random rows as they may have been before the migrations: without triggers, and
 * without constraints that hold for new rows only.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import { scan } from "../../sql/scanner.ts";
import { randomValue } from "./random_value.ts";
import type { ReferenceShape, TableShape } from "./table_shape.ts";

/** How tables are filled. */
export interface FillOptions {
  readonly tables: readonly TableShape[];
  /** The `relation` of the table that is walked, and how many rows it gets. */
  readonly walked: string;
  readonly rows: number;
  /** Columns of it that the batched migration fills, and how likely each is left empty. */
  readonly blank: readonly string[];
  readonly blankness: number;
  /** SQL whose words and numbers rows should have now and then. */
  readonly hints: readonly string[];
  readonly random: () => number;
}

/** Rows that others need, for each hundred of the table that is walked. */
const PARENTS_SHARE = 0.2;
const FEWEST = 5;

/** How often a row is drawn anew when the database refuses it. */
const TRIES = 25;

/**
 * Fills the tables, those that are referred to first.
 *
 * @throws {Failure} `background/test-data`: no row is taken.
 */
export async function fillTables(session: Session, fillOptions: FillOptions): Promise<void> {
  const { tables, walked, rows } = fillOptions;
  await asBefore(session, tables, async () => {
    for (const table of tables) {
      const count = table.relation === walked
        ? rows
        : Math.max(FEWEST, Math.round(rows * PARENTS_SHARE));
      const drawing = await rowGeneratorOf(session, { ...fillOptions, table });
      for (let number = 1; number <= count; number++) await insertDrawn(session, drawing, number);
    }
  });
  for (const table of tables) await setCounters(session, table);
}

/**
 * Does something while triggers and constraints of new rows are away.
 *
 * @throws {SqlError} What the server refused.
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

/** All that rows of one table are drawn with. */
export interface RowGenerator {
  readonly table: TableShape;
  readonly blank: readonly string[];
  readonly blankness: number;
  /** By column. */
  readonly literals: ReadonlyMap<string, readonly string[]>;
  /** Keys that there are, by foreign key. */
  readonly parents: ReadonlyMap<ReferenceShape, readonly (readonly (string | null)[])[]>;
  readonly random: () => number;
}

/** Reads what rows of a table may refer to. */
export async function rowGeneratorOf(
  session: Session,
  { table, tables, walked, blank, blankness, hints, random }: Omit<FillOptions, "rows"> & {
    readonly table: TableShape;
  },
): Promise<RowGenerator> {
  const parents = new Map<ReferenceShape, readonly (readonly (string | null)[])[]>();
  for (const reference of table.references) {
    const to = tables.find(({ oid }) => oid === reference.to);
    if (to === undefined) continue;
    const columns = reference.toColumns.map((name) => `${quoteIdentifier(name)}::text`);
    const { rows } = await session.query(
      `SELECT json_build_array(${columns.join(", ")}) AS key FROM ${to.relation} ` +
        `ORDER BY ${columns.join(", ")}`,
    );
    parents.set(reference, rows.map((row) => JSON.parse(row["key"]!)));
  }
  const isWalked = table.relation === walked;
  const texts = [
    ...table.conditions,
    ...(isWalked ? hints : []).map((sql) => ({ sql, column: null })),
  ]
    .map(({ sql, column }) => ({ column, ...wordsIn(sql) }));
  const literals = table.columns.map(({ name }) => {
    const about = texts.filter(({ column, names }) => column === name || names.has(name));
    return [name, [...new Set(about.flatMap((one) => one.literals))]] as const;
  });
  return {
    table,
    blank: isWalked ? blank : [],
    blankness,
    literals: new Map(literals),
    parents,
    random,
  };
}

/** What SQL names, and the words and numbers in it. */
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
 * Draws a row until the database takes it.
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

/** An INSERT of a row that is drawn. */
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

/** How likely a column that may be NULL is. */
const NULLS = 0.15;

/** Values by column; columns that take their default are left out. */
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

/** Counters go on after what was written by hand. */
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
      // A key with another default, such as a uuid.
      if (!(error instanceof SqlError)) throw error;
    });
  }
}

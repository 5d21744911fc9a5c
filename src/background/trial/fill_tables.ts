/**
 * Fills tables with random rows as they may have been before the migrations: without triggers and
 * without NOT VALID constraints.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import {
  firstFreeNumber,
  type GeneratorOptions,
  randomInsert,
  type RowGenerator,
  rowGeneratorOf,
} from "../../shadow/rows/row_generator.ts";
import type { TableShape } from "../../shadow/rows/table_shape.ts";

/** Options for filling tables. */
export interface FillOptions extends GeneratorOptions {
  /** The number of rows of the scanned table. */
  readonly rows: number;
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

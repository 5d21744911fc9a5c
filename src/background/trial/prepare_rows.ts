/**
 * Prepares rows to try a batched migration on.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import { Failure } from "../../failure.ts";
import { parseQualifiedName } from "../../sql/qualified_name.ts";
import { bodyShape } from "../forecast/body_shape.ts";
import { asBefore, type FillOptions, fillTables } from "./fill_tables.ts";
import { readTableShapes, type TableShape } from "../../shadow/rows/table_shape.ts";

/** The source of rows. */
export interface TrialRows {
  /** The number of random rows in the scanned table. */
  readonly count: number;
  readonly random: () => number;
  /** SQL that inserts rows instead of random ones. */
  readonly data?: { readonly file: string; readonly text: string } | undefined;
}

/** The probability that a column to fill is NULL. An application may have filled some. */
const SELDOM_FILLED = 0.92;

/**
 * Fills the scanned table, the tables that it references, and those that the statements name.
 *
 * @returns The generator of later rows.
 * @throws {Failure} `background/test-data`, `background/table-missing`.
 */
export async function prepareRows(
  session: Session,
  declaration: BatchedMigration,
  { count, random, data }: TrialRows,
): Promise<Omit<FillOptions, "rows" | "random">> {
  const { sql, down = [], remaining, filter, table } = declaration;
  const { schema = "public", name } = parseQualifiedName(table)!;
  const all = [...sql, ...down, ...(remaining ? [remaining] : [])];
  const { relations } = await bodyShape({ sql: all }, name);
  const { updated, targets } = await bodyShape(declaration, name);
  const tables = await readTableShapes(session, [{ schema, name }, ...relations]);
  const scanned = tables.find(({ name: found, relation }) =>
    found === name && isIn(relation, schema)
  );
  if (scanned === undefined) {
    throw new Failure("background/table-missing", `There is no table ${table} to be filled.`, {
      hint: "Correct `table`, or queue it in a migration behind the one that creates it.",
      place: { file: declaration.path },
    });
  }
  const filling = {
    tables,
    scanned: scanned.relation,
    blank: updated,
    // `down` cannot know which columns were filled before.
    blankness: declaration.down === undefined ? SELDOM_FILLED : 1,
    hints: [
      ...[...all, ...(filter ? [filter] : [])].map(({ text }) => text),
      ...Object.values(declaration.arguments).map((value) =>
        typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value)
      ),
    ],
  };
  // A table that the migration fills starts empty.
  const isTarget = (table: TableShape) =>
    table !== scanned &&
    targets.some((one) => one.name === table.name && isIn(table.relation, one.schema ?? "public"));
  const filled = tables.filter((table) => !isTarget(table));
  if (data === undefined) {
    await fillTables(session, { ...filling, tables: filled, rows: count, random });
  } else await asBefore(session, tables, () => runData(session, data));
  await session.query("ANALYZE");
  return filling;
}

function isIn(relation: string, schema: string): boolean {
  return parseQualifiedName(relation)?.schema === schema;
}

async function runData(session: Session, data: NonNullable<TrialRows["data"]>): Promise<void> {
  try {
    await session.query(data.text);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const { message, sqlstate, position } = error.server;
    const line = position === undefined
      ? {}
      : { line: [...data.text].slice(0, position).filter((one) => one === "\n").length + 1 };
    throw new Failure(
      "background/test-data",
      `The server refuses ${data.file}: ${message} (SQLSTATE ${sqlstate}).`,
      { hint: "Correct the file.", place: { file: data.file, ...line } },
    );
  }
}

/**
 * Rows in tables that are empty in a shadow, so that what reads or changes rows has some.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import { randomRow, type RowGenerator, rowGeneratorOf } from "../../shadow/rows/row_generator.ts";
import { seededRandom } from "../../seeded_random.ts";
import { parentsFirst, readTableShapes, type TableShape } from "../../shadow/rows/table_shape.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { RelationName } from "../model/relation_name.ts";

/** Rows for each table. */
const ROWS = 200;

/** Drawings for each row before the table counts as one that takes none. */
const TRIES = 4;

/** A foreign key that is going to be added: rows should obey it already. */
export interface FutureKey {
  readonly table: RelationName;
  readonly columns: readonly string[];
  readonly references: RelationName;
  /** Empty: those of the primary key. */
  readonly referenced: readonly string[];
}

/** What was done. */
export interface SeededRows {
  /** Tables that have rows now and had none, referenced ones first. */
  readonly seeded: readonly TableShape[];
  /** Tables that took no row, with the server's last refusal. */
  readonly refused: readonly { readonly table: string; readonly reason: string }[];
}

/**
 * Seeds tables and those that they reference. User triggers and foreign keys are not fired meanwhile. To be
 * called outside a transaction. A role that may not do that (42501, on a server) seeds nothing.
 */
export async function seedRows(
  session: Session,
  { names, keys }: {
    readonly names: readonly { readonly schema: string; readonly name: string }[];
    readonly keys: readonly FutureKey[];
  },
): Promise<SeededRows> {
  const seeded: TableShape[] = [];
  const refused: { readonly table: string; readonly reason: string }[] = [];
  if (names.length === 0) return { seeded, refused };
  const tables = withKeys(await readTableShapes(session, names), keys);
  if (!await mayActAsReplica(session)) {
    const reason = "the role may not set session_replication_role";
    return { seeded, refused: tables.map(({ relation }) => ({ table: relation, reason })) };
  }
  const random = seededRandom(1);
  await asReplica(session, async () => {
    for (const table of tables) {
      const { rows } = await session.query(`SELECT FROM ${table.relation} LIMIT 1`);
      if (rows.length > 0) continue;
      const generator = await rowGeneratorOf(session, {
        tables,
        table,
        scanned: "",
        blank: [],
        blankness: 0,
        hints: [],
        nulls: 0,
        random,
      });
      const reason = await seedTable(session, generator);
      if (reason === undefined) seeded.push(table);
      else refused.push({ table: table.relation, reason });
    }
  });
  return { seeded, refused };
}

/** Removes the rows again, also in a transaction. Tables that are gone are passed over. */
export async function removeRows(session: Session, seeded: readonly TableShape[]): Promise<void> {
  if (seeded.length === 0) return;
  await asReplica(session, async () => {
    for (const { oid } of seeded.toReversed()) {
      // It may have another name by now.
      const { rows } = await session.query(
        `SELECT oid::regclass::text AS name FROM pg_class WHERE oid = ${quoteLiteral(oid)}`,
      );
      if (rows[0] !== undefined) await session.query(`DELETE FROM ${rows[0]["name"]}`);
    }
  });
}

function withKeys(
  tables: readonly TableShape[],
  keys: readonly FutureKey[],
): readonly TableShape[] {
  const tableOf = ({ schema = "public", name }: RelationName) => {
    const relation = `${quoteIfNeeded(schema)}.${quoteIfNeeded(name)}`;
    return tables.find((table) => table.relation === relation);
  };
  return parentsFirst(tables.map((table) => {
    const references = keys.flatMap(({ table: name, columns, references, referenced }) => {
      const parent = tableOf(references);
      if (tableOf(name) !== table || parent === undefined) return [];
      if (columns.some((one) => !table.columns.some((column) => column.name === one))) return [];
      const toColumns = referenced.length > 0 ? referenced : parent.key;
      return toColumns.length === columns.length ? [{ columns, to: parent.oid, toColumns }] : [];
    });
    return references.length === 0
      ? table
      : { ...table, references: [...table.references, ...references] };
  }));
}

async function mayActAsReplica(session: Session): Promise<boolean> {
  try {
    await asReplica(session, () => Promise.resolve());
    return true;
  } catch (error) {
    if (error instanceof SqlError && error.server.sqlstate === "42501") return false;
    throw error;
  }
}

/** In this role no trigger and no foreign key is fired. */
async function asReplica(session: Session, work: () => Promise<void>): Promise<void> {
  await session.query("SET session_replication_role = replica");
  try {
    await work();
  } finally {
    await session.query("RESET session_replication_role");
  }
}

/** @returns The last refusal, where the table has taken no row at all. */
async function seedTable(session: Session, generator: RowGenerator): Promise<string | undefined> {
  let next = 1;
  let isEmpty = true;
  let reason: string | undefined;
  const insert = async (count: number) => {
    try {
      await session.query(insertOf(generator, { first: next, count }));
      isEmpty = false;
      return true;
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      reason = error.server.message;
      return false;
    } finally {
      next += count;
    }
  };
  if (await insert(ROWS)) return undefined;
  // What one random row offends against another may not: a tenth of them will do.
  for (let row = 0; row < ROWS / 10; row++) {
    for (let attempt = 0; attempt < TRIES; attempt++) if (await insert(1)) break;
    if (isEmpty && row > 2) break;
  }
  return isEmpty ? reason ?? "no row" : undefined;
}

function insertOf(
  generator: RowGenerator,
  { first, count }: { readonly first: number; readonly count: number },
): string {
  const { table } = generator;
  const columns = table.columns.filter(({ isGenerated }) => !isGenerated);
  if (columns.length === 0) return `INSERT INTO ${table.relation} DEFAULT VALUES`;
  const rows = Array.from({ length: count }, (_, i) => {
    const row = randomRow(generator, first + i);
    const values = columns.map(({ name }) => {
      const value = row.get(name);
      return value === undefined ? "DEFAULT" : value === null ? "NULL" : quoteLiteral(value);
    });
    return `(${values.join(", ")})`;
  });
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(", ");
  return `
INSERT INTO ${table.relation} (${names})
OVERRIDING SYSTEM VALUE
VALUES
  ${rows.join(",\n  ")}`;
}

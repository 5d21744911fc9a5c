/**
 * Writes like an application while a batched migration runs.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import type { Clock } from "../../runtime/clock.ts";
import {
  firstFreeNumber,
  randomInsert,
  randomRow,
  type RowGenerator,
} from "../../shadow/rows/row_generator.ts";

/** Counts of written rows. */
export interface WrittenRows {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Why the server refused most of the writes that it did not take; undefined if it took all. */
  readonly refused: string | undefined;
}

/** Milliseconds between two writes. */
const REST = 3;

/** Rows that are inserted after the migration has finished: no scan visits them any more. */
const AFTERWARDS = 5;

/** The most attempts to draw a write that the database accepts. */
const TRIES = 10;

/**
 * Inserts, updates and deletes random rows of the table until the migration is finished, then
 * inserts some more rows.
 */
export async function writeConcurrently(
  session: Session,
  { rowGenerator, isOver, clock }: {
    readonly rowGenerator: RowGenerator;
    readonly isOver: () => boolean;
    readonly clock: Clock;
  },
): Promise<WrittenRows> {
  const counts = { inserted: 0, updated: 0, deleted: 0 };
  const refusals = new Map<string, number>();
  const { random, table } = rowGenerator;
  let number = await firstFreeNumber(session, table);
  const write = async (kind: keyof typeof counts) => {
    number++;
    const statement = kind === "inserted"
      ? randomInsert(rowGenerator, number)
      : kind === "updated"
      ? drawUpdate(rowGenerator, number)
      : `DELETE FROM ${table.relation} WHERE ${oneRow(rowGenerator)}`;
    if (statement === undefined) return 0;
    try {
      const { count } = await session.query(statement);
      counts[kind] += count;
      return count;
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      // An application would not write what the constraints refuse.
      const { message } = error.server;
      refusals.set(message, (refusals.get(message) ?? 0) + 1);
      return 0;
    }
  };
  while (!isOver()) {
    const chance = random();
    await write(chance < 0.4 ? "inserted" : chance < 0.85 ? "updated" : "deleted");
    await clock.sleep(REST * random());
  }
  for (let taken = 0, tries = 0; taken < AFTERWARDS && tries < AFTERWARDS * TRIES; tries++) {
    taken += await write("inserted");
  }
  const [mostFrequent] = [...refusals].sort(([, one], [, other]) => other - one);
  return { ...counts, refused: mostFrequent?.[0] };
}

/**
 * Draws an UPDATE; undefined if the table has only key columns and columns that the migration
 * fills.
 */
function drawUpdate(rowGenerator: RowGenerator, number: number): string | undefined {
  const { table, blank, random } = rowGenerator;
  const may = table.columns.filter(({ name, isUnique, isGenerated }) =>
    !isUnique && !isGenerated && !blank.includes(name) && !table.key.includes(name)
  );
  const column = may[Math.floor(random() * may.length)];
  if (column === undefined) return undefined;
  const value = randomRow(rowGenerator, number).get(column.name);
  const text = value === undefined ? "DEFAULT" : value === null ? "NULL" : quoteLiteral(value);
  return `UPDATE ${table.relation}
    SET ${quoteIdentifier(column.name)} = ${text}
    WHERE ${oneRow(rowGenerator)}`;
}

/** A subquery for a random row. */
function oneRow({ table: { relation }, random }: RowGenerator): string {
  return `(tableoid, ctid) = (
    SELECT tableoid, ctid
    FROM ${relation}
    ORDER BY md5(ctid::text || ${quoteLiteral(String(random()))})
    LIMIT 1
  )`;
}

/**
 * Writes as an application does, while a batched migration runs.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import type { Clock } from "../../runtime/clock.ts";
import { randomInsert, randomRow, type RowGenerator } from "./fill_tables.ts";

/** What was written. */
export interface WrittenRows {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** From here on numbers of rows are not those of rows that were there. */
const FIRST_NUMBER = 1_000_000;

/** Milliseconds between two. */
const REST = 3;

/** Rows that an application inserts when it is over: what is missed then, nobody walks by any more. */
const AFTERWARDS = 5;

/** How often one is drawn for each that the database takes, before it is given up. */
const TRIES = 10;

/** Inserts, updates and deletes rows of the table, by chance, until it is over; then some more rows. */
export async function writeConcurrently(
  session: Session,
  { rowGenerator, isOver, clock }: {
    readonly rowGenerator: RowGenerator;
    readonly isOver: () => boolean;
    readonly clock: Clock;
  },
): Promise<WrittenRows> {
  const counts = { inserted: 0, updated: 0, deleted: 0 };
  const { random, table } = rowGenerator;
  let number = FIRST_NUMBER;
  const write = async (kind: keyof WrittenRows) => {
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
      // What the constraints refuse an application would not have written.
      if (error instanceof SqlError) return 0;
      throw error;
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
  return counts;
}

/** Undefined where there is nothing to update but keys, and what is filled in the background. */
function drawUpdate(rowGenerator: RowGenerator, number: number): string | undefined {
  const { table, blank, random } = rowGenerator;
  const may = table.columns.filter(({ name, isUnique, isGenerated }) =>
    !isUnique && !isGenerated && !blank.includes(name) && !table.key.includes(name)
  );
  const column = may[Math.floor(random() * may.length)];
  if (column === undefined) return undefined;
  const value = randomRow(rowGenerator, number).get(column.name);
  const text = value === undefined ? "DEFAULT" : value === null ? "NULL" : quoteLiteral(value);
  return `UPDATE ${table.relation} SET ${quoteIdentifier(column.name)} = ${text} ` +
    `WHERE ${oneRow(rowGenerator)}`;
}

/** One of the rows that there are, by chance. */
function oneRow({ table: { relation }, random }: RowGenerator): string {
  return `(tableoid, ctid) = (SELECT tableoid, ctid FROM ${relation} ` +
    `ORDER BY md5(ctid::text || ${quoteLiteral(String(random()))}) LIMIT 1)`;
}

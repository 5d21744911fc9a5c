/**
 * Counts the rows that would be lost, within a time that does not hurt the server.
 *
 * @module
 */

import { type Session, SqlError } from "../connection/session/session.ts";
import type { Clock } from "../runtime/clock.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import type { FoundLoss } from "./found_losses.ts";

/** A loss and its rows. */
export interface CountedLoss extends FoundLoss {
  /** Of a column, the rows in which it is not NULL. Undefined: it could not be counted in time. */
  readonly rows: number | undefined;
}

/** Milliseconds for one count, and for all counts of a database. */
const ONE_COUNT = 2_000;
const ALL_COUNTS = 15_000;

/** Milliseconds to wait for a table lock: who holds it back has a reason. */
const LOCK_WAIT = 500;

/**
 * Counts one loss after the other. What takes too long, is locked, or may not be read, has no count;
 * its estimate stands. Nothing is counted that a DELETE would remove, since its condition decides.
 *
 * @param session Outside any transaction.
 */
export async function countLosses(
  session: Session,
  losses: readonly FoundLoss[],
  clock: Clock,
): Promise<readonly CountedLoss[]> {
  const until = clock.elapsed() + ALL_COUNTS;
  const counted: CountedLoss[] = [];
  for (const loss of losses) {
    const left = Math.min(ONE_COUNT, Math.floor(until - clock.elapsed()));
    const rows = left > 0 && loss.by !== "DELETE" ? await count(session, loss, left) : undefined;
    counted.push({ ...loss, rows });
  }
  return counted;
}

async function count(
  session: Session,
  { table, column }: FoundLoss,
  milliseconds: number,
): Promise<number | undefined> {
  const what = column === undefined ? "*" : quoteIdentifier(column);
  try {
    const { rows: [row] } = await session.query(
      `BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
      SET LOCAL statement_timeout = ${milliseconds};
      SET LOCAL lock_timeout = ${LOCK_WAIT};
      SET LOCAL row_security = off;
      SELECT pg_catalog.count(${what}) AS rows FROM ${table};
      COMMIT`,
    );
    return Number(row?.["rows"]);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    await session.query("ROLLBACK");
    return undefined;
  }
}

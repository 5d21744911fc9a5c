/**
 * Asks the server for a plan, inside a transaction of ours.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import { askStrategy, BODY_SEARCH_PATH, CATALOG_SEARCH_PATH } from "../state/own_transaction.ts";
import { type Explained, readExplained } from "./explained.ts";

/** How a plan is asked for. */
export interface ExplainOptions {
  /** The statement is run, and what it did is counted. */
  readonly isRun?: boolean;
  /** By the index where it can be, as bounds are found. */
  readonly byIndex?: boolean;
}

/** @throws {SqlError} What the server refused. */
export async function explain(
  session: Session,
  statement: string,
  { isRun, byIndex }: ExplainOptions = {},
): Promise<Explained> {
  const run = isRun ? ", ANALYZE, BUFFERS, WAL" : "";
  // A comment at its end must not swallow what follows.
  const query = `EXPLAIN (FORMAT JSON, VERBOSE${run}) ${statement}\n`;
  const { rows } = await session.query(
    byIndex ? askStrategy(query) : `${BODY_SEARCH_PATH}; ${query}; ${CATALOG_SEARCH_PATH}`,
  );
  return readExplained(rows[0]!["QUERY PLAN"]!);
}

/**
 * Does something in a transaction that is open, so that it stays usable when the server refuses.
 *
 * @returns What the work gives, or what the server refused.
 */
export async function attempt<T>(
  session: Session,
  work: () => Promise<T>,
): Promise<T | SqlError> {
  await session.query("SAVEPOINT attempt");
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    await session.query("ROLLBACK TO SAVEPOINT attempt");
    return error;
  }
}

/**
 * Runs EXPLAIN inside a transaction.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import { CATALOG_SEARCH_PATH } from "../../connection/session/begin_statement.ts";
import { askStrategy, BODY_SEARCH_PATH } from "../state/background_transaction.ts";
import { type Explained, readExplained } from "./explained.ts";

/** Options of EXPLAIN. */
export interface ExplainOptions {
  /** Whether to execute the statement (ANALYZE). */
  readonly isRun?: boolean;
  /** Whether to prefer index scans, as for bounds. */
  readonly byIndex?: boolean;
}

/** @throws {SqlError} The server refused the statement. */
export async function explain(
  session: Session,
  statement: string,
  { isRun, byIndex }: ExplainOptions = {},
): Promise<Explained> {
  const run = isRun ? ", ANALYZE, BUFFERS, WAL" : "";
  // The line break ends a trailing comment of the statement.
  const query = `EXPLAIN (FORMAT JSON, VERBOSE${run}) ${statement}\n`;
  const { rows } = await session.query(
    byIndex ? askStrategy(query) : `${BODY_SEARCH_PATH}; ${query}; ${CATALOG_SEARCH_PATH}`,
  );
  return readExplained(rows[0]!["QUERY PLAN"]!);
}

/**
 * Runs work within a savepoint, so that the open transaction stays usable after an error.
 *
 * @returns The result of the work, or the server's error.
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

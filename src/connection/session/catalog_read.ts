/**
 * Reads migrator's own tables and the catalogs, independently of the role's session settings.
 *
 * @module
 */

import type { Row, Session } from "./session.ts";
import { beginStatement, SAFE_SEARCH_PATH, timeLimits } from "./begin_statement.ts";
import { sendTransaction } from "./transaction.ts";

/**
 * Sends a query with a safe search_path and without timeouts, in one round trip. If the role's search_path
 * puts another schema before pg_catalog, its operators must not be used.
 *
 * @param session Outside any transaction.
 * @throws {SqlError} What the server refused.
 */
export async function catalogRead(session: Session, query: string): Promise<readonly Row[]> {
  const settings = [
    ...timeLimits(session.server, { statement: 0, lock: 0 }),
    SAFE_SEARCH_PATH,
    "jit = off",
  ];
  const { rows } = await sendTransaction(session, [
    beginStatement("READ COMMITTED READ ONLY", settings),
    query,
  ]);
  return rows;
}

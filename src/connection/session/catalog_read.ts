/**
 * Reads migrator's own tables and the catalogs, independently of the role's session settings.
 *
 * @module
 */

import type { Row, Session } from "./session.ts";

/**
 * Sends a query with PostgreSQL's own search_path and without timeouts, in one round trip. If the role's
 * search_path puts another schema before pg_catalog, its operators must not be used.
 *
 * @param session Outside any transaction.
 * @throws {SqlError} What the server refused.
 */
export async function catalogRead(session: Session, query: string): Promise<readonly Row[]> {
  const noTimeouts = ["statement_timeout", "lock_timeout"]
    .concat(session.server.version >= 170000 ? "transaction_timeout" : [])
    .map((name) => `SET LOCAL ${name} = 0; `).join("");
  try {
    const { rows } = await session.query(
      `BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; ${noTimeouts}` +
        `SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL jit = off; ${query}; COMMIT`,
    );
    return rows;
  } catch (error) {
    if (!session.isLost) await session.query("ROLLBACK");
    throw error;
  }
}

/**
 * Asks several queries in one round trip. A query that is refused does not spoil the others.
 *
 * @module
 */

import type { Row, ServerError, Session } from "../../connection/session/session.ts";

/** A question's rows, or why there are none. */
export type IndicatorReply = { readonly rows: readonly Row[] } | { readonly error: ServerError };

/**
 * Sends queries, each a message and a transaction of its own: what it sets is over with it, whichever
 * backend a pooler gives it. Another round trip follows for each one that is refused.
 *
 * @param session Outside any transaction.
 * @throws {Failure} `connection/lost`.
 */
export async function queryIndicators(
  session: Session,
  queries: readonly string[],
): Promise<readonly IndicatorReply[]> {
  const replys: IndicatorReply[] = [];
  while (replys.length < queries.length) {
    const result = await session.pipeline(queries.slice(replys.length));
    replys.push(...result.answers.map(({ rows }) => ({ rows })));
    if (!result.ok) replys.push({ error: result.error });
  }
  return replys;
}

/**
 * Runs several queries in one round trip. A refused query does not affect the others.
 *
 * @module
 */

import type { Row, ServerError, Session } from "../../connection/session/session.ts";

/** The rows of a query, or its error. */
export type IndicatorReply = { readonly rows: readonly Row[] } | { readonly error: ServerError };

/**
 * Sends each query as one message and one transaction, so its settings end with it, also behind a
 * pooler. Each refused query costs another round trip.
 *
 * @param session Not in a transaction.
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

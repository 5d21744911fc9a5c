/**
 * Putting questions to the server in one round trip, so that one which is refused spoils no other.
 *
 * @module
 */

import type { Row, ServerError, Session } from "../../connection/session.ts";

/** A question's rows, or why there are none. */
export type Reply = { readonly rows: readonly Row[] } | { readonly error: ServerError };

/**
 * Sends queries, each a message and a transaction of its own: what it sets is over with it, whichever
 * backend a pooler gives it. Another round trip follows for each one that is refused.
 *
 * @param session Outside any transaction.
 * @throws {Failure} `connection/lost`.
 */
export async function ask(
  session: Session,
  queries: readonly string[],
): Promise<readonly Reply[]> {
  const replies: Reply[] = [];
  while (replies.length < queries.length) {
    const outcome = await session.pipeline(queries.slice(replies.length));
    replies.push(...outcome.answers.map(({ rows }) => ({ rows })));
    if (!outcome.ok) replies.push({ error: outcome.error });
  }
  return replies;
}

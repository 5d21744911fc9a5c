/**
 * Sessions for reading and making whole schemas.
 *
 * @module
 */

import type { Connector, Session } from "../connection/session/session.ts";

/** Milliseconds of silence: a migration may take its time, and so may the catalogs of a large product. */
export const LONGEST_ANSWER = 600_000;

/**
 * Opens a session with a shadow.
 *
 * @throws {Failure} `connection/*`.
 */
export async function openShadowSession(
  connector: Connector,
  signal: AbortSignal,
): Promise<Session> {
  return await connector.open({
    applicationName: "migrator (shadow)",
    signal,
    answerLimit: LONGEST_ANSWER,
  });
}

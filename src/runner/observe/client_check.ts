/**
 * Letting the server notice that we are gone.
 *
 * A server that works on a statement does not read from its client, so one that was killed is missed
 * only when there is an answer to send: hours later, with every lock held until then.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";

/** Milliseconds between two looks of the server whether the client is still there. */
const CHECK = "client_connection_check_interval = 2000";

/**
 * Settings to work with, as `name = value`; none where the server cannot look: before PostgreSQL 14, on
 * some operating systems, in this process.
 *
 * @throws {Failure} `connection/lost`.
 */
export async function clientChecks(work: Session): Promise<readonly string[]> {
  if (work.server.embedded || work.server.version < 140000) return [];
  // Tried out, because what an operating system can is nowhere to be read.
  const { ok } = await work.pipeline([`BEGIN; SET LOCAL ${CHECK}`, "ROLLBACK"]);
  return ok ? [CHECK] : [];
}

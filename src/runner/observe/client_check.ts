/**
 * Makes the server notice during a statement that its client has gone.
 *
 * A backend does not read from its client while it executes a statement. Without this check it notices
 * a killed client only when it sends the result, perhaps hours later, and keeps all locks until then.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";

/** The server checks every 2,000 milliseconds that the client is still connected. */
const CHECK = "client_connection_check_interval = 2000";

/**
 * The settings of the check, as `name = value`; none where the server does not support it: before
 * PostgreSQL 14, on some operating systems, and embedded in this process.
 *
 * @throws {Failure} `connection/lost`.
 */
export async function clientChecks(work: Session): Promise<readonly string[]> {
  if (work.server.embedded || work.server.version < 140000) return [];
  // Tried, because no catalog says whether the server's operating system supports it.
  const { ok } = await work.pipeline([`BEGIN; SET LOCAL ${CHECK}`, "ROLLBACK"]);
  return ok ? [CHECK] : [];
}

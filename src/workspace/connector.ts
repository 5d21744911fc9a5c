/**
 * Chooses the adapter for the kind of server that the settings name, and loads only that one.
 *
 * @module
 */

import type { Connector } from "../connection/session/session.ts";
import type { Settings } from "../connection/settings/settings.ts";

/** The connector for these settings. */
export async function connectorFor(settings: Settings): Promise<Connector> {
  if (settings.kind === "server") {
    const { postgresConnector } = await import("../connection/postgres/postgres_connector.ts");
    return postgresConnector(settings);
  }
  const { pgliteConnector } = await import("../connection/pglite/pglite_session.ts");
  return pgliteConnector(settings);
}

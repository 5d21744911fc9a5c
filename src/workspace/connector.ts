/**
 * Chooses the adapter for the kind of server that the settings name; only that one is loaded.
 *
 * @module
 */

import type { Connector } from "../connection/session/session.ts";
import type { Settings } from "../connection/settings/settings.ts";

/** A connector for the settings. */
export async function connectorFor(settings: Settings): Promise<Connector> {
  if (settings.kind === "server") {
    const { postgresConnector } = await import("../connection/postgres/postgres_connector.ts");
    return postgresConnector(settings);
  }
  const { pgliteConnector } = await import("../connection/pglite/pglite_session.ts");
  return pgliteConnector(settings);
}

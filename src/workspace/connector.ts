/**
 * Chooses the adapter for the kind of server that the settings name, and loads only that one.
 *
 * @module
 */

import type { Connector } from "../connection/session/session.ts";
import { type PasswordSource, rotatingPassword } from "./rotating_password.ts";
import type { Settings } from "../connection/settings/settings.ts";

/**
 * The connector for these settings.
 *
 * @param password Gives the password of each connection. Default: the settings have it.
 */
export async function connectorFor(
  settings: Settings,
  password?: PasswordSource,
): Promise<Connector> {
  if (settings.kind === "server") {
    const { postgresConnector: connect } = await import(
      "../connection/postgres/postgres_connector.ts"
    );
    return password === undefined
      ? connect(settings)
      : rotatingPassword(settings, { password, connect });
  }
  const { pgliteConnector } = await import("../connection/pglite/pglite_session.ts");
  return pgliteConnector(settings);
}

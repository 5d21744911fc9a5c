/**
 * Reads what a script has to know of a database besides its history.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import type { Session } from "../connection/session/session.ts";
import { occupiedQuery } from "./occupied_query.ts";
import type { SeenDatabase } from "./script_request.ts";

/** What surrounds the history in a database. */
export type Surroundings = Pick<SeenDatabase, "role" | "searchPath" | "encoding" | "isEmpty">;

/**
 * Reads it in one query.
 *
 * @param schema The schema of migrator's tables.
 */
export async function readSurroundings(session: Session, schema: string): Promise<Surroundings> {
  const [row] = await catalogRead(
    session,
    `SELECT found.is_occupied, current_setting('server_encoding') AS encoding,
      (SELECT reset_val FROM pg_settings WHERE name = 'search_path') AS search_path
    FROM (
      ${occupiedQuery(schema)}
    ) AS found`,
  );
  return {
    role: session.server.role,
    searchPath: row?.["search_path"] ?? "",
    encoding: row?.["encoding"] ?? "UTF8",
    isEmpty: row?.["is_occupied"] === "f",
  };
}

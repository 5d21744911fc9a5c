/**
 * Finds sessions of another tool.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import type { Session } from "../connection/session/session.ts";
import { quoteLiteral } from "../sql/identifier.ts";
import type { ForeignTool } from "./foreign_tool.ts";

/** A session whose application_name contains the name of the tool. */
export interface ToolSession {
  readonly pid: string;
  readonly application: string;
  readonly role: string;
}

/** Reads the sessions of this database whose `application_name` contains the tool's name. */
export async function toolSessions(
  session: Session,
  { name, title }: ForeignTool,
): Promise<readonly ToolSession[]> {
  const words = [name, title].map((word) => quoteLiteral(word.toLowerCase())).join(", ");
  const rows = await catalogRead(
    session,
    `SELECT pid, application_name AS application, coalesce(usename, '') AS role
    FROM pg_catalog.pg_stat_activity
    WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
      AND application_name NOT LIKE 'migrator %'
      AND EXISTS (
        SELECT FROM pg_catalog.unnest(ARRAY[${words}]) AS word
        WHERE pg_catalog.strpos(pg_catalog.lower(application_name), word) > 0)
    ORDER BY pid`,
  );
  return rows.map((row) => ({
    pid: row["pid"] ?? "?",
    application: row["application"] ?? "",
    role: row["role"] ?? "",
  }));
}

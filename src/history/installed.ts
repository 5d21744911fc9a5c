/**
 * Checks whether migrator's tables exist, without an error if they do not: an error in the server's log
 * could raise an alarm on the first run of a healthy database.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import type { Session } from "../connection/session/session.ts";
import { quoteLiteral } from "../sql/identifier.ts";
import type { HistoryName } from "./history_name.ts";
import { HISTORY_TABLES } from "./schema.ts";

/**
 * A condition in SQL, for opening sessions that will read the history. One table is enough: a history
 * that lost a table is not a new one. `to_regclass` would fail for a role without USAGE on the schema.
 * The condition runs under the role's search_path, which may have another `=` before PostgreSQL's.
 */
export function isInstalled({ schema }: Pick<HistoryName, "schema">): string {
  const tables = HISTORY_TABLES.map(quoteLiteral).join(", ");
  return `EXISTS (
    SELECT FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE n.nspname OPERATOR(pg_catalog.=) ${quoteLiteral(schema)}
      AND c.relname OPERATOR(pg_catalog.=) ANY (ARRAY[${tables}]::pg_catalog.name[])
  )`;
}

/**
 * Whether the history exists. Costs no query if it existed when the session was opened.
 *
 * @returns Also true if the session was opened without `isInstalled`; then the reading itself fails.
 */
export async function historyExists(
  session: Session,
  name: Pick<HistoryName, "schema">,
): Promise<boolean> {
  if (session.server.conditionHeld !== false) return true;
  const [row] = await catalogRead(session, `SELECT ${isInstalled(name)} AS installed`);
  return row?.["installed"] === "t";
}

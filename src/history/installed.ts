/**
 * Whether our tables are there, asked without an error where they are not: errors in a server's log ring
 * alarms, and the first run of a healthy database has no reason to.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import type { Session } from "../connection/session/session.ts";
import { quoteLiteral } from "../sql/identifier.ts";
import type { HistoryName } from "./history_name.ts";

/**
 * A condition in SQL, for the opening of sessions that will read the history: one of its tables, or what
 * stands in the place of one, is there. to_regclass would refuse a
 * role that may not use the schema. Asked under the role's own search_path, which may put another `=`
 * before PostgreSQL's.
 */
export function isInstalled({ schema }: Pick<HistoryName, "schema">): string {
  return `EXISTS (
    SELECT FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE n.nspname OPERATOR(pg_catalog.=) ${quoteLiteral(schema)}
      AND (c.relname OPERATOR(pg_catalog.=) 'databases'
        OR c.relname OPERATOR(pg_catalog.=) 'migration_logs'
        OR c.relname OPERATOR(pg_catalog.=) 'migration_definitions')
  )`;
}

/**
 * Whether the history can be asked for. Costs nothing where it was there when the session was opened.
 *
 * @returns True, too, where the session was opened without `isInstalled`: then whoever reads hears it.
 */
export async function historyExists(
  session: Session,
  name: Pick<HistoryName, "schema">,
): Promise<boolean> {
  if (session.server.conditionHeld !== false) return true;
  const [row] = await catalogRead(session, `SELECT ${isInstalled(name)} AS installed`);
  return row?.["installed"] === "t";
}

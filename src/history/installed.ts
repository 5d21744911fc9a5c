/**
 * Whether our tables are there, asked without an error where they are not: errors in a server's log ring
 * alarms, and the first run of a healthy database has no reason to.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import type { Session } from "../connection/session/session.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import type { HistoryName } from "./history_name.ts";
import { HISTORY_TABLES } from "./schema.ts";

/**
 * A condition in SQL, for the opening of sessions that will read the history. One table of ours is enough:
 * a history that lost a table was not never there.
 */
export function isInstalled({ schema }: Pick<HistoryName, "schema">): string {
  return HISTORY_TABLES.map((table) => {
    const name = quoteLiteral(`${quoteIdentifier(schema)}.${quoteIdentifier(table)}`);
    return `pg_catalog.to_regclass(${name}) IS NOT NULL`;
  }).join(" OR ");
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

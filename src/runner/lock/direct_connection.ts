/**
 * Checks that the direct connection leads to the same database as the pooler.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Connector, Session } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";

/**
 * Identifies one database of one server. The cluster's system identifier is compared if both roles may
 * read it; otherwise the start time of the server.
 */
const IDENTITY = `SELECT d.oid, d.datname,
  CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
    THEN (SELECT c.system_identifier FROM pg_catalog.pg_control_system() AS c) END AS system,
  pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) AS started
FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()`;

/**
 * Checks that two sessions are in the same database.
 *
 * @param direct The session that the run will use.
 * @throws {Failure} `settings/direct-url-differs`.
 */
export async function assertSameDatabase(
  direct: Session,
  { pooled, database, labels }: {
    readonly pooled: Session;
    readonly database: string;
    readonly labels: readonly [direct: Connector["label"], pooled: Connector["label"]];
  },
): Promise<void> {
  const [here] = await catalogRead(direct, IDENTITY);
  const [there] = await catalogRead(pooled, IDENTITY);
  const server = here?.["system"] && there?.["system"] ? "system" : "started";
  if (["oid", "datname", server].every((key) => here?.[key] === there?.[key])) return;
  throw new Failure(
    "settings/direct-url-differs",
    `The direct URL of database "${database}" leads to another database than its URL: ` +
      `${labels[0]} is not what is behind ${labels[1]}.`,
    {
      hint: "Nothing was run. Correct --direct-url, " +
        `${database.toUpperCase().replaceAll("-", "_")}_DIRECT_URL or DIRECT_URL: it names the ` +
        "server that the pooler itself connects to.",
      facts: { database, direct: labels[0], pooled: labels[1] },
    },
  );
}

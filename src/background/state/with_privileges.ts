/**
 * Changes batched migrations by hand: refuses tables that others may have prepared, and names the
 * GRANT where a privilege is missing.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Session } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import type { BackgroundTables } from "./rows.ts";
import { refuseUntrusted } from "./trust.ts";

/**
 * Does what writes the tables of background work. No transaction is open.
 *
 * @throws {Failure} `background/missing-right`, `history/untrusted`, and what the work throws.
 */
export async function withPrivileges<T>(
  session: Session,
  name: BackgroundTables,
  work: () => Promise<T>,
): Promise<T> {
  const { schema, database } = name;
  const [table] = await catalogRead(
    session,
    `SELECT pg_get_userbyid(c.relowner)::text AS owner,
      has_table_privilege(c.oid, 'UPDATE') AND has_schema_privilege(n.oid, 'USAGE') AS may
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ${quoteLiteral(schema)} AND c.relname = 'batched_background_migrations'`,
  );
  const { role } = session.server;
  if (table?.["may"] === "f") {
    const owner = table["owner"]!;
    throw new Failure(
      "background/missing-right",
      `Role "${role}" may not change the batched migrations of "${database}".`,
      {
        // Rights on the tables alone would not do: workers refuse what others than the owner may write.
        hint: `Connect as ${owner}, who migrates this database. Who may be ${owner} ` +
          `(GRANT ${quoteIdentifier(owner)} TO ${quoteIdentifier(role)}) says so in the URL: ` +
          `?options=-c%20role%3D${owner}`,
        facts: { database, role, owner },
      },
    );
  }
  await refuseUntrusted(session, name);
  return await work();
}

/**
 * Guards changes that users make to batched migrations: checks the tables, and names the role to
 * connect as where a privilege is missing.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Session } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { ownerToConnectAs } from "../../history/owner.ts";
import type { BackgroundTables } from "./rows.ts";
import { standby } from "./standby.ts";
import { refuseUntrusted } from "./trust.ts";

/**
 * Runs work that writes the tables of batched migrations. No transaction is open.
 *
 * @throws {Failure} `background/missing-right`, `history/untrusted`, and what the work throws.
 */
export async function withPrivileges<T>(
  session: Session,
  name: BackgroundTables,
  work: () => Promise<T>,
): Promise<T> {
  const { schema, database } = name;
  if (session.server.standby) throw standby({ label: "this server" }, name);
  const [table] = await catalogRead(
    session,
    `SELECT ${ownerToConnectAs("c.relowner")} AS owner,
      has_table_privilege(c.oid, 'UPDATE') AND has_schema_privilege(n.oid, 'USAGE') AS may
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ${quoteLiteral(schema)} AND c.relname = 'batched_background_migrations'`,
  );
  const { role } = session.server;
  if (table?.["may"] === "f") {
    const owner = table["owner"]!;
    const unquoted = owner.replaceAll(/^"|"$/g, "").replaceAll('""', '"');
    throw new Failure(
      "background/missing-right",
      `Role "${role}" may not change the batched migrations of "${database}".`,
      {
        // A GRANT would not help: workers refuse tables that roles other than the owner may write.
        hint:
          `Connect as ${owner}, who migrates this database. A role that is a member of it says so ` +
          `in the URL: ?options=${encodeURIComponent(`-c role=${unquoted}`)}`,
        facts: { database, role, owner },
      },
    );
  }
  await refuseUntrusted(session, name);
  return await work();
}

/**
 * The failure of a role that may not read the history.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import { missingSystemRight } from "../connection/session/missing_system_right.ts";
import type { ServerError, Session } from "../connection/session/session.ts";
import { Failure } from "../failure.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { findLackingRights, giveBackHint } from "./lacking_rights.ts";
import { ownerToConnectAs } from "./owner.ts";
import { schemaInSql } from "./schema.ts";
import type { HistoryName } from "./history_name.ts";

/** `history/not-readable`, with the role that can grant the privilege and the SQL to run. */
export async function notReadable(
  { sqlstate, message }: ServerError,
  { session, name: { schema, database } }: {
    readonly session: Session;
    readonly name: HistoryName;
  },
): Promise<Failure> {
  const lacking = await findLackingRights(session, { name: { schema, database }, touch: "read" });
  const [row] = await catalogRead(
    session,
    `SELECT ${ownerToConnectAs("nspowner")} AS owner FROM pg_catalog.pg_namespace
    WHERE nspname = ${quoteLiteral(schema)}`,
  );
  const owner = row?.["owner"] ?? "that owns the schema";
  const s = schemaInSql(schema);
  const role = quoteIdentifier(session.server.role);
  return new Failure(
    "history/not-readable",
    `Cannot read the history of database "${database}" in schema ${s}: ${message} ` +
      `(SQLSTATE ${sqlstate}).`,
    {
      hint: lacking.grants.length > 0 ? giveBackHint(lacking) : missingSystemRight(message, role) ??
        `Connect as the role that migrates this database, such as role ${owner}, who owns the ` +
          `schema. To look only, let role ${owner} run: GRANT USAGE ON SCHEMA ${s} TO ${role}; ` +
          `GRANT SELECT ON ALL TABLES IN SCHEMA ${s} TO ${role}`,
      facts: { database, sqlstate, owner: row?.["owner"] ?? null, grants: lacking.grants },
    },
  );
}

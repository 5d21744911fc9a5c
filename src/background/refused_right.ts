/**
 * What the server's refusal of a right means for somebody who operates batched migrations.
 *
 * @module
 */

import { type Session, SqlError } from "../connection/session.ts";
import { ownRead } from "../connection/own_read.ts";
import { Failure } from "../failure.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import type { BackgroundName } from "./store.ts";

/** insufficient_privilege */
const NO_RIGHT = "42501";

/**
 * Does what writes the tables of background work.
 *
 * @throws {Failure} `background/missing-right` with the GRANT; rights on the tables alone would not do:
 * workers refuse tables that others than their owner may write.
 */
export async function withRights<T>(
  session: Session,
  name: BackgroundName,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SqlError) || error.server.sqlstate !== NO_RIGHT) throw error;
    throw await refusedRight(session, name, error);
  }
}

async function refusedRight(
  session: Session,
  { schema, database }: BackgroundName,
  error: SqlError,
): Promise<Failure> {
  const rows = await ownRead(
    session,
    "SELECT pg_catalog.pg_get_userbyid(nspowner)::text AS owner FROM pg_catalog.pg_namespace " +
      `WHERE nspname = ${quoteLiteral(schema)}`,
  );
  const owner = rows[0]?.["owner"];
  const { role } = session.server;
  return new Failure(
    "background/missing-right",
    `Role "${role}" may not change the batched migrations of "${database}": ${error.server.message}.`,
    {
      hint: owner == null || owner === role
        ? "Connect as the role that migrates this database."
        : `Connect as ${owner}, who migrates this database, or let its superuser say: ` +
          `GRANT ${quoteIdentifier(owner)} TO ${quoteIdentifier(role)}`,
      facts: { database, role, sqlstate: NO_RIGHT },
    },
  );
}

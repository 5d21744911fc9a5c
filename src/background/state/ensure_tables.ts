/**
 * Creates the tables of batched migrations when they are first needed, and checks them each time.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { inTransaction } from "./own_transaction.ts";
import type { BackgroundTables } from "./rows.ts";
import { BACKGROUND_TABLES, createBackgroundTables } from "./tables.ts";
import { refuseUntrusted } from "./trust.ts";

/** insufficient_privilege */
const NO_RIGHT = "42501";

/**
 * Creates what is missing of them. No transaction is open, before and after.
 *
 * @throws {Failure} `history/untrusted`, `background/missing-right`, `connection/lost`.
 */
export async function ensureTables(session: Session, name: BackgroundTables): Promise<void> {
  const { schema, database } = name;
  const there = await inTransaction(session, [
    "SELECT pg_catalog.count(*) AS tables FROM pg_catalog.pg_class WHERE relnamespace = " +
    `(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = ${quoteLiteral(schema)}) ` +
    `AND relname IN (${BACKGROUND_TABLES.map(quoteLiteral).join(", ")})`,
  ]);
  // What is somebody else's must not be touched, not even by IF NOT EXISTS.
  await refuseUntrusted(session, name);
  if (Number(there.rows[0]?.["tables"]) === BACKGROUND_TABLES.length) return;
  try {
    await inTransaction(session, [createBackgroundTables(schema)]);
  } catch (error) {
    if (!(error instanceof SqlError) || error.server.sqlstate !== NO_RIGHT) throw error;
    throw new Failure(
      "background/missing-right",
      `Creating the tables of batched migrations for "${database}" in the schema "${schema}" was ` +
        `refused: ${error.server.message}.`,
      { hint: `GRANT CREATE ON SCHEMA ${schema} TO the role that migrates`, cause: error },
    );
  }
}

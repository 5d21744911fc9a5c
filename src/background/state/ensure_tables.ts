/**
 * Creates the tables of batched migrations at first use, and checks them at each use.
 *
 * @module
 */

import { clause } from "../../format/clause.ts";
import { catalogRead } from "../../connection/session/catalog_read.ts";
import { type Session, SqlError } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import { notWritable } from "../../history/not_writable.ts";
import { unwantedGrants } from "../../history/unwanted_grants.ts";
import { inTransaction, transaction } from "./background_transaction.ts";
import type { BackgroundTables } from "./rows.ts";
import { BACKGROUND_TABLES, createBackgroundTables } from "./tables.ts";
import { standby } from "./standby.ts";
import { refuseUntrusted } from "./trust.ts";

/** insufficient_privilege */
const INSUFFICIENT_PRIVILEGE = "42501";

/**
 * Creates the missing tables. No transaction is open before or after.
 *
 * @throws {Failure} `history/untrusted`, `background/missing-right`, `connection/lost`.
 */
export async function ensureTables(session: Session, name: BackgroundTables): Promise<void> {
  const { schema, database } = name;
  if (session.server.standby) throw standby({ label: "this server" }, name);
  const { rows } = await inTransaction(session, [
    `SELECT c.relname AS name
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ${quoteLiteral(schema)}
      AND c.relname IN (${BACKGROUND_TABLES.map(quoteLiteral).join(", ")})`,
  ]);
  const there = new Set(rows.map(({ name }) => name));
  const relations = BACKGROUND_TABLES.filter((name) => !there.has(name));
  if (!await schemaExists(session, schema)) throw noHistory(name);
  // A table of another role must not be touched, not even by IF NOT EXISTS.
  await refuseUntrusted(session, name);
  if (relations.length === 0) return;
  try {
    await transaction(session, async () => {
      const made = { relations, isSchemaNew: false };
      const { rows: grants } = await session.query(
        `${createBackgroundTables(schema)};\n${unwantedGrants(schema, made)}`,
      );
      const revokes = grants.map(({ revoke }) => revoke);
      if (revokes.length > 0) await session.query(revokes.join(";\n"));
    });
    // An event trigger may have added a trigger to the new tables.
    await refuseUntrusted(session, name);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    if (error.server.sqlstate !== INSUFFICIENT_PRIVILEGE) {
      throw await notWritable(error.server, { session, name, holding: "the batched migrations" });
    }
    throw new Failure(
      "background/missing-right",
      `Creating the tables of batched migrations for "${database}" in the schema "${schema}" was ` +
        `refused: ${clause(error.server.message)}.`,
      {
        hint: `Let the schema's owner run: GRANT CREATE ON SCHEMA ${quoteIdentifier(schema)} TO ` +
          quoteIdentifier(session.server.role),
        cause: error,
      },
    );
  }
}

async function schemaExists(session: Session, schema: string): Promise<boolean> {
  const rows = await catalogRead(
    session,
    `SELECT FROM pg_namespace WHERE nspname = ${quoteLiteral(schema)}`,
  );
  return rows.length > 0;
}

function noHistory({ schema, database }: BackgroundTables): Failure {
  return new Failure(
    "background/no-history",
    `Database "${database}" has no history yet: no migration was applied, so there is no schema ` +
      `"${schema}" to keep batched migrations in.`,
    { hint: `Apply its migrations first: migrator up --db ${database}`, facts: { database } },
  );
}

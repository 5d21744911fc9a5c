/**
 * Creates migrator's missing tables and views.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import { SqlError } from "../../connection/session/session.ts";
import { rollBack } from "../../connection/session/transaction.ts";
import { refuseIncomplete } from "../../history/incomplete.ts";
import { notWritable } from "../../history/not_writable.ts";
import { createHistory, HISTORY_TABLES, HISTORY_VIEWS } from "../../history/schema.ts";
import { unwantedGrants } from "../../history/unwanted_grants.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { openInternalTransaction } from "../context/internal_transaction.ts";
import type { RunContext } from "../context/run_context.ts";

/**
 * Creates the missing tables and views of the history, and revokes from other roles every privilege to
 * write the new ones, such as one from default privileges.
 *
 * @param context Its `fence` is not set yet.
 * @throws {Failure} `history/incomplete` where only some of the tables are there;
 * `history/not-writable`.
 */
export async function install(context: RunContext): Promise<void> {
  const { work, history, history: { schema } } = context;
  await refuseIncomplete(work, history);
  const there = await catalogRead(
    work,
    `SELECT c.relname AS name
    FROM pg_catalog.pg_namespace AS n
    LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid
    WHERE n.nspname = ${quoteLiteral(schema)}`,
  );
  const schemaExists = there.length > 0;
  const names = new Set(there.map(({ name }) => name));
  const relations = [...HISTORY_TABLES, ...HISTORY_VIEWS].filter((name) => !names.has(name));
  try {
    const grants = await openInternalTransaction(work, [
      createHistory(schema, { schemaExists }),
      unwantedGrants(schema, { relations, isSchemaNew: !schemaExists }),
    ]);
    await work.query([...grants.map(({ revoke }) => revoke), "COMMIT"].join(";\n"));
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    await rollBack(work);
    throw await notWritable(error.server, { session: work, name: history });
  }
}

/**
 * Reads what a database has applied, by the bytes of the files.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import type { TransactionMode } from "../definition/migration/definition.ts";
import type { KnownScript } from "../definition/migration/script.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import type { HistoryName } from "./history_name.ts";
import { unlessMissing } from "./read_history.ts";
import { readTrusted } from "./trust.ts";

/**
 * The up scripts that are applied and stored, by the raw checksums of their files.
 *
 * @throws {Failure} `history/*`, `connection/lost`.
 */
export async function readAppliedScripts(
  session: Session,
  name: HistoryName,
): Promise<ReadonlyMap<string, KnownScript>> {
  const schema = quoteIdentifier(name.schema);
  const database = quoteLiteral(name.database);
  try {
    const rows = await readTrusted(
      session,
      name,
      `SELECT raw_checksum, checksum, up_transaction AS transaction
      FROM (
        SELECT DISTINCT ON (version) *
        FROM ${schema}.migration_logs
        WHERE database = ${database}
        ORDER BY version, nothing_done, backfilled, id DESC
      ) AS newest
      JOIN ${schema}.migration_definitions AS stored USING (database, version)
      WHERE direction = 'up' AND success AND stored.up_checksum = checksum`,
    );
    return new Map(
      rows.map((row) => [
        row["raw_checksum"]!,
        { checksum: row["checksum"]!, transaction: row["transaction"] as TransactionMode },
      ]),
    );
  } catch (error) {
    return await unlessMissing(error, { missing: new Map(), session, name });
  }
}

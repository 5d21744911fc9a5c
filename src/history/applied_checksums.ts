/**
 * Reads the checksums of what a database has applied.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import type { HistoryName } from "./history_name.ts";
import { unlessMissing } from "./read_history.ts";
import { readTrusted } from "./trust.ts";

/**
 * The token checksums of the up scripts that are applied, by the raw checksums of their files.
 *
 * @throws {Failure} `history/*`, `connection/lost`.
 */
export async function readAppliedChecksums(
  session: Session,
  name: HistoryName,
): Promise<ReadonlyMap<string, string>> {
  try {
    const rows = await readTrusted(
      session,
      name,
      `SELECT raw_checksum, checksum
      FROM (
        SELECT DISTINCT ON (version) *
        FROM ${quoteIdentifier(name.schema)}.migration_logs
        WHERE database = ${quoteLiteral(name.database)}
        ORDER BY version, nothing_done, backfilled, id DESC
      ) AS newest
      WHERE direction = 'up' AND success AND raw_checksum IS NOT NULL`,
    );
    return new Map(rows.map((row) => [row["raw_checksum"]!, row["checksum"]!]));
  } catch (error) {
    return await unlessMissing(error, { missing: new Map(), session, name });
  }
}

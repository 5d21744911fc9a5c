/**
 * Writes the SQL of one sub-batch, for a user to run in psql and roll back.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Session } from "../../connection/session/session.ts";
import { begin } from "../state/background_transaction.ts";
import { bodyStatements } from "../worker/sql_work.ts";
import type { StoredMigration } from "../state/rows.ts";
import type { Cursor } from "../strategy/strategy.ts";
import { BUILT_IN } from "../strategy/strategies.ts";
import { segmentScan } from "../state/scan.ts";

/** The default search_path of this role's sessions, and the server's version. */
export interface ReplayRelation {
  /** In the form that `SET search_path` accepts. */
  readonly searchPath: string;
  readonly role: string;
  readonly server: Session["server"];
}

/** Reads what a worker with this role would use. */
export async function readReplayRelation(session: Session): Promise<ReplayRelation> {
  const rows = await catalogRead(
    session,
    "SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'search_path'",
  );
  const { role } = session.server;
  return { searchPath: rows[0]?.["reset_val"] || "''", role, server: session.server };
}

/**
 * Worker settings that only keep a crashed worker from holding locks; a user needs no such limit.
 */
const WORKERS_ONLY =
  /SET LOCAL (search_path|idle_in_transaction_session_timeout|transaction_timeout)\b/;

/**
 * Lines for psql: the worker's transaction with its exact bounds, and ROLLBACK at its end.
 *
 * @returns Undefined if there is no SQL to show: the work is written in TypeScript, its bound was
 * not found, or the table has been scanned again since.
 */
export function replaySql(
  migration: StoredMigration,
  { after, until, segment }: {
    readonly after: Cursor | undefined;
    readonly until: Cursor | undefined;
    readonly segment: number;
  },
  { searchPath, server }: ReplayRelation,
): string | undefined {
  const { declaration, scanPlan } = migration;
  const { strategy, statementTimeout, lockTimeout } = declaration;
  if (strategy === "custom" || until === undefined || !scanPlan?.segments[segment]) {
    return undefined;
  }
  const at = segmentScan(migration, { segment, server: server.version });
  const statements = bodyStatements(
    migration,
    (alias) => BUILT_IN[strategy].condition(at, { after, until, alias }),
  );
  if (statements.length === 0) return undefined;
  const settings = begin({ server }, { statementTimeout, lockTimeout }).split("; ")
    .filter((statement) => !WORKERS_ONLY.test(statement));
  return [
    ...settings,
    `SET LOCAL search_path = ${searchPath}`,
    ...statements,
    // COMMIT would check deferred constraints; ROLLBACK does not.
    "SET CONSTRAINTS ALL IMMEDIATE",
    "ROLLBACK",
  ].map(closed).join("\n");
}

/** Appends a semicolon outside of any trailing comment. */
function closed(statement: string): string {
  const text = statement.trim();
  return text.split("\n").at(-1)!.includes("--") ? `${text}\n;` : `${text};`;
}

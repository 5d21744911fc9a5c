/**
 * Writes the SQL of one sub-batch, for a person to run by hand and roll back.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Session } from "../../connection/session/session.ts";
import { begin } from "../state/own_transaction.ts";
import { bodyStatements } from "../worker/sql_work.ts";
import type { StoredMigration } from "../state/rows.ts";
import type { Cursor } from "../strategy/strategy.ts";
import { BUILT_IN } from "../strategy/strategies.ts";
import { segmentScan } from "../state/scan.ts";

/** What sessions of this role begin with, and what the server is. */
export interface ReplayRelation {
  /** As `SET search_path` takes it. */
  readonly searchPath: string;
  readonly role: string;
  readonly server: Session["server"];
}

/** Asks what a worker of this role finds. */
export async function readReplayRelation(session: Session): Promise<ReplayRelation> {
  const rows = await catalogRead(
    session,
    "SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'search_path'",
  );
  const { role } = session.server;
  return { searchPath: rows[0]?.["reset_val"] || "''", role, server: session.server };
}

/** Settings of ours that only keep a dead worker from holding locks; a person may take her time. */
const WORKERS_ONLY =
  /SET LOCAL (search_path|idle_in_transaction_session_timeout|transaction_timeout)\b/;

/**
 * Lines for psql: the transaction as a worker had it, with the exact bounds, and ROLLBACK at its end.
 *
 * @returns Undefined where there is no SQL to show: the work is written in TypeScript, its bound was
 * not found, or the table is walked anew since.
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
  return [...settings, `SET LOCAL search_path = ${searchPath}`, ...statements, "ROLLBACK"]
    .map(closed).join("\n");
}

/** With its semicolon, which must not end up in a remark. */
function closed(statement: string): string {
  const text = statement.trim();
  return text.split("\n").at(-1)!.includes("--") ? `${text}\n;` : `${text};`;
}

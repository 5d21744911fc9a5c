/**
 * Counts the unfinished batched migrations of a database, for commands that only print the counts.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Session } from "../../connection/session/session.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import {
  type BatchedMigrationStatus,
  MIGRATION_STATUS,
  toMigrationStatus,
} from "../state/state_machine.ts";
import { type BackgroundTables, tablesOf } from "../state/rows.ts";

/** Unfinished states; those that need a user come first. */
const UNFINISHED = [
  "failed",
  "paused",
  "finalizing",
  "active",
] as const satisfies readonly BatchedMigrationStatus[];

/** The number of migrations in each unfinished state. */
export type UnfinishedSummary = { readonly [status in typeof UNFINISHED[number]]?: number };

/** Reads the counts. Empty if the tables do not exist or the role may not read them. */
export async function readUnfinished(
  session: Session,
  name: BackgroundTables,
): Promise<UnfinishedSummary> {
  const { migrations } = tablesOf(name);
  const [seen] = await catalogRead(
    session,
    `SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ${quoteLiteral(name.schema)} AND c.relname = 'batched_background_migrations'`,
  );
  if (seen?.["readable"] !== "t") return {};
  const numbers = UNFINISHED.map((status) => MIGRATION_STATUS[status]);
  const rows = await catalogRead(
    session,
    `SELECT status, count(*) AS count
    FROM ${migrations}
    WHERE gitlab_schema = ${quoteLiteral(name.database)} AND status IN (${numbers.join(", ")})
    GROUP BY status`,
  );
  const counts = new Map(rows.map((row) => [
    toMigrationStatus(Number(row["status"])),
    Number(row["count"]),
  ]));
  return Object.fromEntries(
    UNFINISHED.flatMap((status) => counts.has(status) ? [[status, counts.get(status)!]] : []),
  );
}

/** `1 failed, 2 active`; undefined when there are none. */
export function unfinishedText(unfinished: UnfinishedSummary): string | undefined {
  const words = Object.entries(unfinished).map(([status, count]) => `${count} ${status}`);
  return words.length > 0 ? words.join(", ") : undefined;
}

/**
 * Starts the scan of a batched migration: waits for old writers and plans the scan.
 *
 * A transaction that began before the dual-write trigger or the new release may commit a row after
 * the scan has passed its key. So, like CREATE INDEX CONCURRENTLY, the scan first waits for every
 * transaction that holds a write lock on the table when a worker first reads the locks.
 *
 * @module
 */

import { formatCount } from "../../format/count.ts";
import type { Session } from "../../connection/session/session.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import type { ScanPlan } from "../strategy/scan_plan.ts";
import type { WorkerContext } from "./worker_context.ts";
import { estimateUnits } from "../state/row_estimate.ts";
import { jsonLiteral, type StoredMigration, tablesOf } from "../state/rows.ts";
import { planScan } from "../strategy/plan_scan.ts";
import { logEvent } from "../state/transition.ts";

/** Lock modes of transactions that write rows or may do so. */
const WRITING = [
  "RowExclusiveLock",
  "ShareRowExclusiveLock",
  "ExclusiveLock",
  "AccessExclusiveLock",
];

/**
 * Plans the scan, or continues to wait, inside the transaction that holds the migration's row lock.
 *
 * @returns The migration with its scan plan, or the number of transactions that it still waits for;
 * `isNews` if that has changed.
 * @throws {Failure} `background/*`: the table cannot be scanned as declared.
 */
export async function startScan(
  context: WorkerContext,
  migration: StoredMigration,
): Promise<StoredMigration | { readonly waitingFor: number; readonly isNews: boolean }> {
  const { name, session, who } = context;
  const { migrations } = tablesOf(name);
  const scanPlan = await planScan(session, migration.declaration);
  const writers = await openWriters(session, scanPlan);
  const barrier = migration.barrier ? intersection(migration.barrier, writers) : writers;
  if (barrier.length > 0) {
    await session.query(
      `UPDATE ${migrations}
      SET barrier = ${jsonLiteral(barrier)},
        hold_reason = 'waiting for ${
        formatCount(barrier.length, "transaction")
      } that wrote already',
        updated_at = clock_timestamp()
      WHERE id = ${migration.id}`,
    );
    return { waitingFor: barrier.length, isNews: barrier.length !== migration.barrier?.length };
  }
  const total = await estimateUnits(session, { ...migration, scanPlan });
  await session.query(
    `UPDATE ${migrations}
    SET walk = ${jsonLiteral(scanPlan)},
      barrier = '[]',
      hold_reason = NULL,
      total_tuple_count = ${total},
      started_at = clock_timestamp(),
      updated_at = clock_timestamp()
    WHERE id = ${migration.id};

    ${
      logEvent(name, {
        migration: migration.id,
        event: "begin",
        who,
        details: { index: scanPlan.index, segments: scanPlan.segments.length, estimate: total },
      })
    }`,
  );
  return { ...migration, scanPlan, segment: 0, position: undefined };
}

/** Ids of the virtual transactions that may write to a segment now. */
async function openWriters(session: Session, { segments }: ScanPlan): Promise<readonly string[]> {
  if (segments.length === 0) return [];
  const { rows } = await session.query(
    `SELECT DISTINCT l.virtualtransaction AS id
    FROM pg_locks AS l
    JOIN pg_database AS d ON d.oid = l.database
    WHERE d.datname = current_database()
      AND l.locktype = 'relation'
      AND l.relation IN (${segments.map(({ oid }) => oid).join(", ")})
      AND l.mode IN (${WRITING.map(quoteLiteral).join(", ")})
      AND l.granted
      AND l.pid IS DISTINCT FROM pg_backend_pid()
    ORDER BY 1`,
  );
  return rows.map((row) => row["id"]!);
}

function intersection(some: readonly string[], others: readonly string[]): readonly string[] {
  return some.filter((one) => others.includes(one));
}

/**
 * Adapts a scan to a table that changed since the scan started: partitions were attached or
 * dropped, or the table was rewritten.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import type { ScanPlan } from "../strategy/scan_plan.ts";
import type { WorkerContext } from "./worker_context.ts";
import { jsonLiteral, type StoredMigration, tablesOf } from "../state/rows.ts";
import { planScan } from "../strategy/plan_scan.ts";
import { compareScanPlans } from "../strategy/compare_scan_plans.ts";
import { logEvent } from "../state/transition.ts";

/** A table that was dropped and made again under its name: its rows were never queued. */
export class TableReplaced extends Error {
  override readonly name = "TableReplaced";

  constructor(relation: string) {
    super(`${relation} was dropped and made again since it began`);
  }
}

/** What `adaptToTableChanges` found. */
export interface TableChange {
  /**
   * `adapted`: the scan goes on. `failed`: it cannot, because the table is another one, or would
   * have to be scanned once more than is allowed.
   */
  readonly kind: "adapted" | "failed";
  readonly reason: string;
}

/**
 * Compares the table with the scan plan when batches cover the extended plan, inside the transaction
 * that holds the migration's row lock. Attached partitions are added to the scan; a table without a
 * key that was rewritten is scanned again.
 *
 * @param mayScanAgain False when it was scanned as often as it may be.
 * @returns Undefined when the scan covered the extended table.
 * @throws {Failure | Failures} `background/*`: the table can no longer be scanned.
 */
export async function adaptToTableChanges(
  context: WorkerContext,
  migration: StoredMigration,
  mayScanAgain: boolean,
): Promise<TableChange | undefined> {
  const oldPlan = migration.scanPlan!;
  const now = await planScan(context.session, migration.declaration);
  const { added, lost, rewritten } = compareScanPlans(oldPlan, now);
  const replaced = added.find(({ isPart }) => !isPart);
  if (replaced !== undefined && lost.some(({ isPart }) => !isPart)) {
    return { kind: "failed", reason: new TableReplaced(replaced.relation).message };
  }
  if (added.length > 0) {
    const names = added.map(({ relation }) => relation).join(", ");
    const reason = `attached since it began: ${names}`;
    const extended: ScanPlan = { ...oldPlan, segments: [...oldPlan.segments, ...added] };
    await change(context, migration, {
      event: "partitions-attached",
      reason,
      assignments: [
        `walk = ${jsonLiteral(extended)}`,
        `segment = ${oldPlan.segments.length}`,
        "position = NULL",
      ],
    });
    return { kind: "adapted", reason };
  }
  if (rewritten.length === 0) return undefined;
  const names = rewritten.map(({ relation }) => relation).join(", ");
  const reason = `rewritten since it began, so that rows lie elsewhere: ${names}`;
  if (!mayScanAgain) {
    return {
      kind: "failed",
      reason: `${reason}; it was walked ${migration.sweep + 1} times already`,
    };
  }
  await change(context, migration, {
    event: "table-rewritten",
    reason,
    assignments: [
      `walk = ${jsonLiteral(now)}`,
      "segment = 0",
      "position = NULL",
      "sweep = sweep + 1",
    ],
  });
  return { kind: "adapted", reason };
}

/**
 * Whether a segment's partition was dropped. Called after a statement failed with undefined_table.
 *
 * @param session Not in a transaction.
 */
export async function isGone(
  session: Session,
  { scanPlan }: Pick<StoredMigration, "scanPlan">,
  segment: number,
): Promise<boolean> {
  const partition = scanPlan?.segments[segment];
  if (!partition?.isPart) return false;
  const { rows } = await session.query(
    `SELECT pg_catalog.to_regclass(${quoteLiteral(partition.relation)}) IS NULL AS gone`,
  );
  return rows[0]?.["gone"] === "t";
}

/** Statements that exclude a dropped partition from the scan. */
export function forgetSegment(
  context: Pick<WorkerContext, "name" | "who">,
  { id, scanPlan }: Pick<StoredMigration, "id" | "scanPlan">,
  segment: number,
): readonly string[] {
  return changeStatements(context, id, {
    event: "partition-gone",
    reason: `dropped since it began: ${scanPlan?.segments[segment]?.relation}`,
    assignments: [`walk = pg_catalog.jsonb_set(walk, '{segments,${segment},isGone}', 'true')`],
  });
}

interface Change {
  readonly event: string;
  readonly reason: string;
  readonly assignments: readonly string[];
}

async function change(
  context: WorkerContext,
  { id, status, declaration }: StoredMigration,
  what: Change,
): Promise<void> {
  await context.session.query(changeStatements(context, id, what).join(";\n"));
  context.report({
    type: "migration-transition",
    database: context.name.database,
    id,
    name: declaration.name,
    event: what.event,
    newState: status,
    reason: what.reason,
  });
}

function changeStatements(
  { name, who }: Pick<WorkerContext, "name" | "who">,
  id: string,
  { event, reason, assignments }: Change,
): readonly string[] {
  return [
    `UPDATE ${tablesOf(name).migrations}
    SET ${[...assignments, "updated_at = clock_timestamp()"].join(", ")}
    WHERE id = ${id}`,
    logEvent(name, { migration: id, event, who, reason }),
  ];
}

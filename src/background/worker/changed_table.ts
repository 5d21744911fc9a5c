/**
 * Adapts a scan to a table that changed since it started: partitions came or went, or the table was
 * rewritten.
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

/**
 * Looks at the table once more when all of it was handed out, inside the transaction that holds the
 * migration's row. Partitions that were attached are walked as well; a table without a key that was
 * rewritten is walked again.
 *
 * @returns What is new, for people; undefined when the walk was of the whole.
 * @throws {Failure | Failures} `background/*`: it cannot be walked any more.
 */
export async function adaptToTableChanges(
  context: WorkerContext,
  migration: StoredMigration,
): Promise<string | undefined> {
  const walk = migration.scanPlan!;
  const now = await planScan(context.session, migration.declaration);
  const { added, rewritten } = compareScanPlans(walk, now);
  if (added.length > 0) {
    const names = added.map(({ relation }) => relation).join(", ");
    const reason = `attached since it began: ${names}`;
    const whole: ScanPlan = { ...walk, segments: [...walk.segments, ...added] };
    await change(context, migration, {
      event: "partitions-attached",
      reason,
      assignments: [
        `walk = ${jsonLiteral(whole)}`,
        `segment = ${walk.segments.length}`,
        "position = NULL",
      ],
    });
    return reason;
  }
  if (rewritten.length === 0) return undefined;
  const names = rewritten.map(({ relation }) => relation).join(", ");
  const reason = `rewritten since it began, so that rows lie elsewhere: ${names}`;
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
  return reason;
}

/**
 * Whether a part of the table is not there any more, as when old partitions are dropped. Asked after a
 * statement has failed for want of a relation.
 *
 * @param session Outside any transaction.
 */
export async function isGone(
  session: Session,
  { scanPlan }: Pick<StoredMigration, "scanPlan">,
  segment: number,
): Promise<boolean> {
  const part = scanPlan?.segments[segment];
  if (!part?.isPart) return false;
  const { rows } = await session.query(
    `SELECT pg_catalog.to_regclass(${quoteLiteral(part.relation)}) IS NULL AS gone`,
  );
  return rows[0]?.["gone"] === "t";
}

/** Statements after which nobody walks a part that is gone. */
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

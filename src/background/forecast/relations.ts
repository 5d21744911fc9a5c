/**
 * The relations that a scan visits, with their strategy and size.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import { renderTemplate } from "../../definition/batched/sql_template.ts";
import type { ScanPlan, Segment } from "../strategy/scan_plan.ts";
import { BUILT_IN } from "../strategy/strategies.ts";
import type { BatchingStrategy, KeyRange, Scan } from "../strategy/strategy.ts";
import { segmentScan } from "../state/scan.ts";

/** A scanned relation with its strategy. */
export interface ScannedRelation {
  readonly segment: Segment;
  readonly scan: Scan;
  readonly strategy: BatchingStrategy;
  /** The size of the relation. */
  readonly bytes: number;
}

/** Reads the relations in the order of the scan; empty for a custom strategy. */
export async function scannedRelations(
  session: Session,
  { declaration, scanPlan }: {
    readonly declaration: BatchedMigration;
    readonly scanPlan: ScanPlan;
  },
): Promise<readonly ScannedRelation[]> {
  const { strategy } = declaration;
  if (strategy === "custom" || scanPlan.segments.length === 0) return [];
  const { rows } = await session.query(
    `SELECT oid, pg_relation_size(oid) AS bytes
    FROM pg_class
    WHERE oid IN (${scanPlan.segments.map(({ oid }) => oid).join(", ")})`,
  );
  const sizes = new Map(rows.map((row) => [row["oid"], Number(row["bytes"])]));
  const { version: server } = session.server;
  return scanPlan.segments.map((segment, index) => ({
    segment,
    strategy: BUILT_IN[strategy],
    scan: segmentScan({ declaration, scanPlan }, { segment: index, server }),
    bytes: sizes.get(segment.oid) ?? 0,
  }));
}

/** The statements of a sub-batch, as a worker sends them. */
export function subBatchStatements(
  declaration: BatchedMigration,
  { scanned: { strategy, scan }, range }: {
    readonly scanned: ScannedRelation;
    readonly range: KeyRange;
  },
): readonly string[] {
  const condition = (alias: string) => strategy.condition(scan, { ...range, alias });
  return declaration.sql.map((template) =>
    renderTemplate(template, { condition, arguments: declaration.arguments })
  );
}

/**
 * The statements of a sub-batch without rows, with which the server reports only errors in the
 * statements.
 */
export function emptyStatementsOf(declaration: BatchedMigration): readonly string[] {
  return declaration.sql.map((template) =>
    renderTemplate(template, { condition: () => "false", arguments: declaration.arguments })
  );
}

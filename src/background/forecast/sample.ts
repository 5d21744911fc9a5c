/**
 * Runs some sub-batches and rolls them back, to measure their time and their WAL.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import type { ScanPlan } from "../strategy/scan_plan.ts";
import { askStrategy, begin } from "../state/background_transaction.ts";
import { rollBack } from "../../connection/session/transaction.ts";
import { columnsOf, SCANNED_ROW } from "../strategy/key.ts";
import type { KeyRange } from "../strategy/strategy.ts";
import { type Measured, unitOf } from "./estimate.ts";
import { attempt, explain } from "./explain.ts";
import { type Explained, rowsWritten } from "./explained.ts";
import { type ScannedRelation, scannedRelations, subBatchStatements } from "./relations.ts";
import { drawSampleRanges, type FoundRange, rangeAt } from "./sample_ranges.ts";

/** A measured sub-batch. */
export interface Sample extends Measured {
  readonly relation: string;
  readonly range: KeyRange;
  /** The share of HOT updates among the updated rows, 0 to 1. */
  readonly hot: number | undefined;
  readonly plans: readonly Explained[];
}

/** A sub-batch that the server refused. */
export interface RefusedSample {
  readonly relation: string;
  readonly range: KeyRange;
  readonly sqlstate: string;
  readonly message: string;
}

/**
 * Runs `count` sub-batches of the declared size, spread over the table, in one transaction that is
 * rolled back. It leaves dead rows, and locks its rows until the rollback.
 *
 * @throws {Failure} `connection/lost`.
 * @throws {SqlError} The server refused a query of migrator.
 */
export async function takeSample(
  session: Session,
  { declaration, scanPlan, count, signal }: {
    readonly declaration: BatchedMigration;
    readonly scanPlan: ScanPlan;
    readonly count: number;
    /** Aborted when no further sub-batch may start. */
    readonly signal: AbortSignal;
  },
): Promise<{ readonly samples: readonly Sample[]; readonly refused: readonly RefusedSample[] }> {
  const { statementTimeout, lockTimeout, subBatchSize: size } = declaration;
  const samples: Sample[] = [];
  const refused: RefusedSample[] = [];
  await session.query(begin(session, { statementTimeout, lockTimeout }));
  try {
    const relations = await scannedRelations(session, { declaration, scanPlan });
    // The ranges are drawn before the first write, so that no new row version is drawn.
    for (const sampleRange of await drawSampleRanges(session, { relations, count })) {
      signal.throwIfAborted();
      const { relation } = sampleRange.scanned.segment;
      const foundRange = await rangeAt(session, { sampleRange, size });
      if (foundRange === undefined) continue;
      const { scanned } = sampleRange;
      const { range } = foundRange;
      const units = await unitsIn(session, { ...foundRange, declaration, scanned });
      const before = await countsOf(session);
      const plans = await attempt(session, async () => {
        const plans: Explained[] = [];
        for (const statement of subBatchStatements(declaration, { scanned, range })) {
          plans.push(await explain(session, statement, { isRun: true }));
        }
        return plans;
      });
      if (plans instanceof SqlError) {
        const { sqlstate, message } = plans.server;
        refused.push({ relation, range, sqlstate, message });
        continue;
      }
      const after = await countsOf(session);
      const updated = after.updated - before.updated;
      samples.push({
        relation,
        range,
        units,
        rows: sum(plans, ({ root }) => rowsWritten(root)),
        milliseconds: sum(plans, ({ milliseconds = 0 }) => milliseconds),
        walBytes: sum(plans, ({ walBytes = 0 }) => walBytes),
        hot: updated === 0 ? undefined : (after.hot - before.hot) / updated,
        plans,
      });
    }
  } finally {
    await rollBack(session);
  }
  return { samples, refused };
}

/** Reads the update counts of this transaction. */
async function countsOf(session: Session) {
  const { rows } = await session.query(
    `SELECT coalesce(sum(n_tup_upd), 0) AS updated, coalesce(sum(n_tup_hot_upd), 0) AS hot
    FROM pg_stat_xact_user_tables`,
  );
  return { updated: Number(rows[0]!["updated"]), hot: Number(rows[0]!["hot"]) };
}

/**
 * Counts the units of a range only if necessary, because the query reads the rows into the cache
 * before they are measured.
 */
async function unitsIn(
  session: Session,
  { declaration, scanned: { scan, strategy }, range, isWhole }: FoundRange & {
    readonly declaration: BatchedMigration;
    readonly scanned: ScannedRelation;
  },
): Promise<number> {
  const unit = unitOf(declaration);
  if (unit === "blocks") return Number(range.until[0]) - Number(range.after?.[0] ?? -1);
  if (isWhole) return declaration.subBatchSize;
  const key = columnsOf(scan.key, SCANNED_ROW).join(", ");
  const counted = unit === "values" ? `DISTINCT (${key})` : "*";
  const { rows } = await session.query(
    askStrategy(
      `SELECT pg_catalog.count(${counted}) AS units
      FROM ONLY ${scan.relation} AS ${SCANNED_ROW}
      WHERE ${strategy.condition(scan, { ...range, alias: SCANNED_ROW })}`,
    ),
  );
  return Number(rows[0]!["units"]);
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

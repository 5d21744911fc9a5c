// Pure.
/**
 * Estimates how long a batched migration will take and how much WAL it will write.
 *
 * @module
 */

import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import type { BodyFacts } from "./body_facts.ts";
import type { BodyShape } from "./body_shape.ts";

/** The unit of sizes: rows, or what the strategy counts instead. */
export type Unit = "rows" | "values" | "blocks";

/** An estimate that needs no execution. */
export interface Estimate {
  readonly unit: Unit;
  /** Undefined if PostgreSQL has no statistics. */
  readonly units: number | undefined;
  readonly batches: number | undefined;
  readonly subBatches: number | undefined;
  /** Milliseconds with one worker, if sub-batches of the declared size take their target time. */
  readonly milliseconds: number | undefined;
  /**
   * Bytes of WAL. `least`: all new row versions fit into their pages, and no full page images are
   * written. `most`: none fits, and each page is written in full. Undefined if rows go to other
   * tables.
   */
  readonly wal: { readonly least: number; readonly most: number } | undefined;
}

export function unitOf({ strategy }: Pick<BatchedMigration, "strategy">): Unit {
  return strategy === "ctid" ? "blocks" : strategy === "loose-index-scan" ? "values" : "rows";
}

/**
 * @param known.units The units of the whole scan; undefined if unknown.
 * @param known.changesIndexed Whether each changed row gets a new entry in every index.
 */
export function estimate(
  declaration: BatchedMigration,
  { units, rows, shape, facts, changesIndexed }: {
    readonly units: number | undefined;
    readonly rows: number | undefined;
    readonly shape: BodyShape;
    readonly facts: BodyFacts;
    readonly changesIndexed: boolean;
  },
): Estimate {
  const subBatches = divide(units, declaration.subBatchSize);
  const batches = divide(units, declaration.batchSize);
  return {
    unit: unitOf(declaration),
    units,
    batches,
    subBatches,
    milliseconds: subBatches === undefined ? undefined : atLeast(
      declaration,
      { milliseconds: subBatches * (declaration.targetMs + declaration.pauseMs), batches },
    ),
    wal: rows === undefined ? undefined : wal({ rows, shape, facts, changesIndexed }),
  };
}

function divide(units: number | undefined, size: number): number | undefined {
  return units === undefined ? undefined : Math.ceil(units / size);
}

/** The time with GitLab's pacing: no batch starts before the interval has passed. */
function atLeast(
  { interval }: Pick<BatchedMigration, "interval">,
  { milliseconds, batches }: {
    readonly milliseconds: number;
    readonly batches: number | undefined;
  },
): number {
  return Math.max(milliseconds, (batches ?? 0) * interval * 1_000);
}

/** The overhead in bytes of a WAL record for a changed row or an index entry. */
const ROW_RECORD = 60;
const INDEX_RECORD = 80;
/** The bytes of the record of a DELETE. */
const SHORT_RECORD = 55;

function wal(
  { rows, shape, facts, changesIndexed }: {
    readonly rows: number;
    readonly shape: BodyShape;
    readonly facts: BodyFacts;
    readonly changesIndexed: boolean;
  },
): Estimate["wal"] {
  const { tuples, bytes, indexBytes, indexes } = facts;
  const isUpdate = shape.updated.length > 0;
  if (!shape.deletes && !isUpdate) return undefined;
  const width = tuples === undefined || tuples === 0 ? 100 : Math.min(2_000, bytes / tuples);
  const record = isUpdate ? width + ROW_RECORD : SHORT_RECORD;
  const entries = isUpdate ? indexes * INDEX_RECORD : 0;
  return {
    least: Math.round(rows * (record + (changesIndexed ? entries : 0))),
    most: Math.round(rows * (record + entries)) + bytes + (isUpdate ? indexBytes : 0),
  };
}

/** Measurements of sample sub-batches. */
export interface Measured {
  readonly units: number;
  readonly rows: number;
  readonly milliseconds: number;
  readonly walBytes: number;
}

/** A prediction for the whole migration. */
export interface Prediction {
  /** Units of a sub-batch that takes its target time. */
  readonly subBatchSize: number;
  /** With one worker. */
  readonly milliseconds: number;
  readonly walBytes: number;
  readonly rows: number;
}

/** Milliseconds for the flush of a COMMIT and the round trips of a sub-batch. */
const AROUND = 5;

/** @returns Undefined if nothing was measured or the number of units is unknown. */
export function predict(
  declaration: BatchedMigration,
  { units, batches }: Pick<Estimate, "units" | "batches">,
  measured: readonly Measured[],
): Prediction | undefined {
  const total = (value: (one: Measured) => number) =>
    measured.reduce((sum, one) => sum + value(one), 0);
  const seen = total((one) => one.units);
  if (seen === 0 || units === undefined) return undefined;
  const each = Math.max(total((one) => one.milliseconds) / seen, 1e-6);
  const most = Math.min(declaration.maxSubBatchSize ?? Infinity, declaration.batchSize);
  const room = Math.max(1, declaration.targetMs - AROUND);
  const subBatchSize = Math.max(1, Math.min(most, Math.floor(room / each)));
  const subBatches = Math.ceil(units / subBatchSize);
  return {
    subBatchSize,
    milliseconds: Math.round(atLeast(declaration, {
      milliseconds: units * each + subBatches * (AROUND + declaration.pauseMs),
      batches,
    })),
    walBytes: Math.round(total((one) => one.walBytes) / seen * units),
    rows: Math.round(total((one) => one.rows) / seen * units),
  };
}

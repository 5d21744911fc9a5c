// Pure.
/**
 * Estimates how long a batched migration will take and how much WAL it will write.
 *
 * @module
 */

import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import type { BodyFacts } from "./body_facts.ts";
import type { BodyShape } from "./body_shape.ts";

/** What is counted in sizes: rows, or what a strategy counts instead. */
export type Unit = "rows" | "values" | "blocks";

/** What can be said without running anything. */
export interface Estimate {
  readonly unit: Unit;
  /** Undefined where PostgreSQL has no statistics. */
  readonly units: number | undefined;
  readonly batches: number | undefined;
  readonly subBatches: number | undefined;
  /** Milliseconds with one worker, if sub-batches of the declared size take as long as they should. */
  readonly milliseconds: number | undefined;
  /**
   * Bytes of WAL: where pages have room for new versions and are written whole by no checkpoint; and
   * where none has, and each is. Undefined where rows go elsewhere.
   */
  readonly wal: { readonly least: number; readonly most: number } | undefined;
}

export function unitOf({ strategy }: Pick<BatchedMigration, "strategy">): Unit {
  return strategy === "ctid" ? "blocks" : strategy === "loose-index-scan" ? "values" : "rows";
}

/**
 * @param known.units Of the whole walk; undefined where nobody knows.
 * @param known.changesIndexed Whether each changed row gets entries in every index.
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

/** GitLab's pacing: no batch begins before its interval is over. */
function atLeast(
  { interval }: Pick<BatchedMigration, "interval">,
  { milliseconds, batches }: {
    readonly milliseconds: number;
    readonly batches: number | undefined;
  },
): number {
  return Math.max(milliseconds, (batches ?? 0) * interval * 1_000);
}

/** Bytes that a change of a row has around what is in it, and an entry of an index. */
const ROW_RECORD = 60;
const INDEX_RECORD = 80;
/** Of a DELETE. */
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

/** What running some sub-batches has shown. */
export interface Measured {
  readonly units: number;
  readonly rows: number;
  readonly milliseconds: number;
  readonly walBytes: number;
}

/** What follows from it for the whole. */
export interface Prediction {
  /** Units of a sub-batch that takes as long as it should. */
  readonly subBatchSize: number;
  /** With one worker. */
  readonly milliseconds: number;
  readonly walBytes: number;
  readonly rows: number;
}

/** A COMMIT that waits for the disk, and the round trips around the statements. */
const AROUND = 5;

/** @returns Undefined when nothing was measured, or nobody knows how much there is. */
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

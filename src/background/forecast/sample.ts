/**
 * Some sub-batches, run and taken back, to know how long one takes and what it writes.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session.ts";
import type { BatchedMigration } from "../../definition/batched_migration.ts";
import type { Choice } from "../choice.ts";
import { askStrategy, begin, rollBack } from "../own_transaction.ts";
import { columnsOf, WALKED } from "../strategy/key.ts";
import type { Range } from "../strategy/strategy.ts";
import { type Measured, unitOf } from "./estimate.ts";
import { attempt, explain } from "./explain.ts";
import { type Explained, rowsWritten } from "./explained.ts";
import { type Ground, groundsOf, statementsOf } from "./ground.ts";
import { drawPlaces, type Found, rangeAt } from "./places.ts";

/** One that was run. */
export interface Sample extends Measured {
  readonly relation: string;
  readonly range: Range;
  /** Of the rows that were updated, those that needed no new entries in indexes; 0 to 1. */
  readonly hot: number | undefined;
  readonly plans: readonly Explained[];
}

/** One that the server refused. */
export interface RefusedSample {
  readonly relation: string;
  readonly range: Range;
  readonly sqlstate: string;
  readonly message: string;
}

/**
 * Runs so many sub-batches of the declared size, spread over the table, in one transaction that is
 * rolled back: it leaves dead rows, and its rows are locked until then.
 *
 * @throws {Failure} `connection/lost`.
 * @throws {SqlError} What the server refused of our own.
 */
export async function takeSample(
  session: Session,
  { declaration, choice, count, signal }: {
    readonly declaration: BatchedMigration;
    readonly choice: Choice;
    readonly count: number;
    /** Aborted when no further one is to be begun. */
    readonly signal: AbortSignal;
  },
): Promise<{ readonly samples: readonly Sample[]; readonly refused: readonly RefusedSample[] }> {
  const { statementTimeout, lockTimeout, subBatchSize: size } = declaration;
  const samples: Sample[] = [];
  const refused: RefusedSample[] = [];
  await session.query(begin(session, { statementTimeout, lockTimeout }));
  try {
    const grounds = await groundsOf(session, { declaration, choice });
    // Drawn before anything is written: what is written would be drawn too.
    for (const place of await drawPlaces(session, { grounds, count })) {
      signal.throwIfAborted();
      const { relation } = place.ground.segment;
      const found = await rangeAt(session, { place, size });
      if (found === undefined) continue;
      const { ground } = place;
      const { range } = found;
      const units = await unitsIn(session, { ...found, declaration, ground });
      const before = await countsOf(session);
      const plans = await attempt(session, async () => {
        const plans: Explained[] = [];
        for (const statement of statementsOf(declaration, { ground, range })) {
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

/** What this transaction has updated so far. */
async function countsOf(session: Session) {
  const { rows } = await session.query(
    "SELECT coalesce(sum(n_tup_upd), 0) AS updated, coalesce(sum(n_tup_hot_upd), 0) AS hot " +
      "FROM pg_stat_xact_user_tables",
  );
  return { updated: Number(rows[0]!["updated"]), hot: Number(rows[0]!["hot"]) };
}

/** Counted only where it has to be: that reads its rows before they are worked on. */
async function unitsIn(
  session: Session,
  { declaration, ground: { walk, strategy }, range, isWhole }: Found & {
    readonly declaration: BatchedMigration;
    readonly ground: Ground;
  },
): Promise<number> {
  const unit = unitOf(declaration);
  if (unit === "blocks") return Number(range.until[0]) - Number(range.after?.[0] ?? -1);
  if (isWhole) return declaration.subBatchSize;
  const key = columnsOf(walk.key, WALKED).join(", ");
  const counted = unit === "values" ? `DISTINCT (${key})` : "*";
  const { rows } = await session.query(
    askStrategy(
      `SELECT pg_catalog.count(${counted}) AS units FROM ONLY ${walk.relation} AS ${WALKED} ` +
        `WHERE ${strategy.condition(walk, { ...range, alias: WALKED })}`,
    ),
  );
  return Number(rows[0]!["units"]);
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

/**
 * Creates the next batch of a migration: the range of keys after the previous batch.
 *
 * @module
 */

import { SqlError } from "../../connection/session/session.ts";
import type { WorkerContext } from "./worker_context.ts";
import { askStrategy } from "../state/background_transaction.ts";
import { errorClassOf } from "../state/error_class.ts";
import { leaseEnd } from "./lease.ts";
import { JOB_STATUS } from "../state/state_machine.ts";
import {
  type Job,
  JOB_COLUMNS,
  jsonLiteral,
  type Position,
  type StoredMigration,
  tablesOf,
  textLiteral,
  toJob,
  wholeNumber,
} from "../state/rows.ts";
import type { Cursor } from "../strategy/strategy.ts";
import { logTransition } from "../state/transition.ts";
import { segmentScan } from "../state/scan.ts";

/** A range of keys in one segment. */
interface Batch {
  readonly segment: number;
  readonly after: Cursor | undefined;
  /** The first key in the range. */
  readonly first: Cursor;
  readonly until: Cursor;
  /** The last key of the segment. */
  readonly end: Cursor;
}

/**
 * Creates the next batch and leases it, inside the transaction that holds the migration's row lock.
 *
 * @returns Undefined when batches cover the whole scan.
 * @throws {SqlError | BoundsRefused | TookTooLong}
 */
export async function createBatch(
  context: WorkerContext,
  migration: StoredMigration,
): Promise<Job | undefined> {
  const { name, session, worker } = context;
  const { jobs, migrations } = tablesOf(name);
  const batch = await nextBatch(context, migration);
  if (batch === undefined) {
    const segments = migration.scanPlan?.segments.length ?? 0;
    await session.query(
      `UPDATE ${migrations}
      SET segment = ${segments}, position = NULL, updated_at = clock_timestamp()
      WHERE id = ${migration.id}`,
    );
    return undefined;
  }
  const { segment, after, first, until, end } = batch;
  const position: Position = { after: until, until: end };
  const { rows } = await session.query(
    `UPDATE ${migrations}
    SET segment = ${segment},
      position = ${jsonLiteral(position)},
      min_cursor = COALESCE(min_cursor, ${jsonLiteral(first)}),
      max_cursor = ${jsonLiteral(end)},
      min_value = COALESCE(min_value, ${wholeNumber(first)}),
      max_value = ${wholeNumber(end)},
      served_at = clock_timestamp(),
      updated_at = clock_timestamp()
    WHERE id = ${migration.id};

    WITH j AS (
      INSERT INTO ${jobs} (
        created_at, updated_at, started_at, batched_background_migration_id, status, attempts,
        min_value, max_value, min_cursor, max_cursor, segment, sweep, after_cursor,
        batch_size, sub_batch_size, pause_ms,
        lease_token, lease_expires_at, worker, backend_pid
      )
      SELECT now.at, now.at, now.at, ${migration.id}, ${JOB_STATUS.running}, 1,
        ${wholeNumber(first)}, ${wholeNumber(until)}, ${jsonLiteral(first)}, ${jsonLiteral(until)},
        ${segment}, ${migration.sweep}, ${jsonLiteral(after)},
        ${migration.batchSize}, ${migration.subBatchSize}, ${migration.pauseMs},
        1, ${leaseEnd({ migration })}, ${textLiteral(worker)}, pg_backend_pid()
      FROM (SELECT clock_timestamp() AS at) AS now
      RETURNING *
    ),
    logged AS (
      ${logTransition(name, { job: "j.id", from: "pending", to: "running", worker })}, j
    )
    SELECT ${JOB_COLUMNS} FROM j`,
  );
  return toJob(rows[0]!, { ...migration, segment, position });
}

/** The server refused the query for the bounds of a batch. */
export class BoundsRefused extends Error {
  override readonly name = "BoundsRefused";

  /** @param segment Its index in the scan plan. */
  constructor(readonly migration: StoredMigration, readonly segment: number, cause: SqlError) {
    super(cause.message, { cause });
  }
}

/** The query for the end of a batch ran into its statement_timeout. */
export class TookTooLong extends Error {
  override readonly name = "TookTooLong";

  constructor(readonly migration: StoredMigration, cause: SqlError) {
    super(cause.message, { cause });
  }
}

async function nextBatch(
  { session, strategyOf }: WorkerContext,
  migration: StoredMigration,
): Promise<Batch | undefined> {
  const strategy = strategyOf(migration);
  const ask = async (query: string, segment: number) => {
    try {
      return (await session.query(askStrategy(query))).rows;
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      if (error.server.sqlstate === "57014") throw new TookTooLong(migration, error);
      if (errorClassOf(error.server.sqlstate) !== "programmer") throw error;
      throw new BoundsRefused(migration, segment, error);
    }
  };
  const count = migration.scanPlan?.segments.length ?? 0;
  let position = migration.position;
  for (let segment = migration.segment; segment < count; segment++, position = undefined) {
    if (migration.scanPlan?.segments[segment]?.isGone) continue;
    const scan = segmentScan(migration, { segment, server: session.server.version });
    if (position === undefined) {
      const [row] = await ask(strategy.extent(scan), segment);
      if (row?.["last"] == null) continue;
      position = { after: undefined, until: JSON.parse(row["last"]) };
    }
    const { after, until: end } = position;
    const range = { ...position, size: migration.batchSize };
    const [row] = await ask(strategy.bound(scan, { ...range, first: true }), segment);
    if (row?.["first"] == null) continue;
    const first: Cursor = JSON.parse(row["first"]);
    const last: Cursor | undefined = strategy.nextBatch
      ? await strategy.nextBatch(scan, {
        ...range,
        first,
        arguments: migration.declaration.arguments,
        ask: (query) => ask(query, segment),
      })
      : row["last"] == null
      ? undefined
      : JSON.parse(row["last"]);
    return { segment, after, first, until: last ?? end, end };
  }
  return undefined;
}

/**
 * Queues a batched migration in a scratch database and runs it to its end.
 *
 * @module
 */

import type { Connector, Session } from "../../connection/session/session.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import type { Clock } from "../../runtime/clock.ts";
import { inTransaction } from "../state/background_transaction.ts";
import { queueManually } from "../control/queue_migration.ts";
import { type ProgressSnapshot, readProgressSnapshots } from "../status/progress_snapshot.ts";
import { type BackgroundTables, tablesOf } from "../state/rows.ts";
import { workerOptions, type WorkerPool } from "../crew/worker_pool.ts";
import { runWorker } from "../worker/worker.ts";

/** What all runs of a trial share. */
export interface TrialStage {
  readonly name: BackgroundTables;
  readonly clock: Clock;
  readonly who: string;
  readonly toolVersion: string;
  readonly signal: AbortSignal;
  /** Jobs and strategies that this program defines. */
  readonly code?: WorkerPool["code"];
}

/** Units of a batch that covers any trial table. */
export const ALL = 1_000_000;

/** The declaration with other batch sizes. */
export function withBatchSizes(
  declaration: BatchedMigration,
  { batch, sub = batch, pause = 0 }: {
    readonly batch: number;
    /** Units of a sub-batch. Default: those of the batch. */
    readonly sub?: number;
    /** The pause between sub-batches in milliseconds. */
    readonly pause?: number;
  },
): BatchedMigration {
  return {
    ...declaration,
    batchSize: batch,
    subBatchSize: sub,
    maxBatchSize: batch,
    maxSubBatchSize: sub,
    pauseMs: pause,
    interval: 0,
    maxWorkers: 1,
  };
}

/**
 * Queues the migration and runs it until it has finished or failed.
 *
 * @param connector.looks The connector for queueing and reading.
 * @param connector.works The worker's connector: the same, or one with injected faults.
 * @throws {Failure} `background/*`: it cannot be queued; `connection/*`.
 */
export async function runToEnd(
  { looks, works = looks }: { readonly looks: Connector; readonly works?: Connector },
  { declaration, way, stage }: {
    readonly declaration: BatchedMigration;
    readonly way: "up" | "down";
    readonly stage: TrialStage;
  },
): Promise<ProgressSnapshot> {
  const { name, who, toolVersion, signal, clock, code } = stage;
  const id = await withSession(looks, signal, async (session) => {
    const how = { declaration, mode: "in any case", who, reason: undefined, toolVersion } as const;
    const { id } = await queueManually(session, name, how);
    await inTransaction(session, [
      `UPDATE ${tablesOf(name).migrations} SET direction = '${way}' WHERE id = ${id}`,
    ]);
    return id;
  });
  const pool: WorkerPool = {
    name,
    connector: works,
    process: "rehearsal",
    who,
    clock: { ...clock, sleep: (ms, until) => clock.sleep(Math.min(ms, LONGEST_SLEEP), until) },
    report: () => {},
    signal,
    isThrottled: false,
    code,
  };
  await runWorker({ ...workerOptions(pool, 1), until: "done", scope: { migrations: [id] } });
  signal.throwIfAborted();
  return await withSession(looks, signal, async (session) => {
    const [snapshot] = await readProgressSnapshots(session, name, { id });
    return snapshot!;
  });
}

/** The longest sleep in milliseconds: no other process works in a scratch database. */
const LONGEST_SLEEP = 20;

/** Runs work with a session, and closes the session after it. */
export async function withSession<T>(
  connector: Connector,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await connector.open({
    applicationName: "migrator background test",
    signal,
    answerLimit: Infinity,
  });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

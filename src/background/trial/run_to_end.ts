/**
 * Runs a batched migration from its queueing to its end, in a scratch database.
 *
 * @module
 */

import type { Connector, Session } from "../../connection/session/session.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import type { Clock } from "../../runtime/clock.ts";
import { inTransaction } from "../state/own_transaction.ts";
import { queueManually } from "../control/queue_migration.ts";
import { type ProgressSnapshot, readProgressSnapshots } from "../status/progress_snapshot.ts";
import { type BackgroundTables, tablesOf } from "../state/rows.ts";
import { workerOptions, type WorkerPool } from "../crew/worker_pool.ts";
import { runWorker } from "../worker/worker.ts";

/** What all runs of a rehearsal share. */
export interface TrialStage {
  readonly name: BackgroundTables;
  readonly clock: Clock;
  readonly who: string;
  readonly toolVersion: string;
  readonly signal: AbortSignal;
  /** Strategies of this program's own. */
  readonly code?: WorkerPool["code"];
}

/** Units of a batch and of a sub-batch that are all of a table that is for trying. */
export const ALL = 1_000_000;

/** The same with so many units at a time. */
export function withBatchSizes(
  declaration: BatchedMigration,
  { batch, sub = batch, pause = 0 }: {
    readonly batch: number;
    /** Default: the batch is one sub-batch. */
    readonly sub?: number;
    /** Milliseconds between sub-batches. */
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
 * Queues it and works on it until it has come to its end, one way or the other.
 *
 * @param connector.looks Leads there for those who look, and queue.
 * @param connector.works For the worker: the same, or one that is cut.
 * @throws {Failure} `background/*` when it cannot be queued; `connection/*`.
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

/** Nobody else is there to wait for. */
const LONGEST_SLEEP = 20;

/** Work with a session that is closed at its end. */
export async function withSession<T>(
  connector: Connector,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await connector.open({ applicationName: "migrator background test", signal });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/**
 * Runs several workers of this process for the batched migrations of one database.
 *
 * @module
 */

import type { Connector, Session } from "../../connection/session/session.ts";
import type { Clock } from "../../runtime/clock.ts";
import { type JobRegistry, registryLookups } from "../jobs/job_registry.ts";
import type { BackgroundReporter } from "../state/event.ts";
import type { Heartbeat } from "../state/heartbeat.ts";
import type { BackgroundTables, StoredMigration } from "../state/rows.ts";
import { createThrottle, type Throttle } from "../throttle/throttle.ts";
import type { ThrottleVerdict } from "../throttle/verdict.ts";
import type { ClaimScope } from "../worker/candidate_migrations.ts";
import {
  runWorker,
  type StopCondition,
  type WorkerEnd,
  type WorkerOptions,
} from "../worker/worker.ts";

const FULL_SPEED: ThrottleVerdict = { signal: "full", readings: [], isOverdue: false };

/** What the workers of a process share. */
export interface WorkerPool {
  readonly name: BackgroundTables;
  readonly connector: Connector;
  /** The process, for display: `host:pid`. */
  readonly process: string;
  /** The actor in events: `app@host`. */
  readonly who: string;
  readonly clock: Clock;
  readonly report: BackgroundReporter;
  readonly signal: AbortSignal;
  /** False: run at full speed whatever the indicators report. */
  readonly isThrottled: boolean;
  readonly heartbeat?: Heartbeat;
  /** Jobs and strategies that this program defines. */
  readonly code?: JobRegistry | undefined;
}

/** The options of one worker of the pool, except its stop condition. */
export function workerOptions(
  { process, isThrottled, ...crew }: WorkerPool,
  number: number,
): Omit<WorkerOptions, "until"> {
  return {
    ...crew,
    worker: `${process}:${number}`,
    ...registryLookups(crew),
    throttle: isThrottled ? throttles(crew) : () => Promise.resolve(FULL_SPEED),
  };
}

/**
 * Runs workers until their stop condition holds or the signal is aborted.
 *
 * @throws {Failure} The first failure of a worker; the others are stopped then.
 */
export async function runWorkerPool(
  pool: WorkerPool,
  { workers, until, scope }: {
    readonly workers: number;
    readonly until: StopCondition;
    readonly scope?: ClaimScope;
  },
): Promise<WorkerEnd> {
  const stop = new AbortController();
  const signal = AbortSignal.any([pool.signal, stop.signal]);
  // All workers share one throttle, so the server is queried once for all.
  const shared = workerOptions({ ...pool, signal }, 0);
  // All workers share this set, so a migration that they cannot run is reported once.
  const known = { unable: new Set<string>(), ...scope };
  const ends = await Promise.all(
    Array.from({ length: workers }, async (_, index) => {
      const worker = `${pool.process}:${index + 1}`;
      try {
        return await runWorker({ ...shared, worker, until, scope: known });
      } catch (error) {
        stop.abort(error);
        throw error;
      } finally {
        // A stopped worker is not stuck.
        pool.heartbeat?.beat(worker, Infinity);
      }
    }),
  );
  return {
    batches: ends.reduce((sum, { batches }) => sum + batches, 0),
    unfinished: Math.max(...ends.map(({ unfinished }) => unfinished)),
  };
}

/** Returns the throttle of a migration, created at first use. */
function throttles(
  { clock }: { readonly clock: Clock },
): (session: Session, migration: StoredMigration, waited: number) => Promise<ThrottleVerdict> {
  const known = new Map<string, Throttle>();
  return (session, { id, declaration }, waited) => {
    const throttle = known.get(id) ?? createThrottle({ declaration, clock });
    known.set(id, throttle);
    return throttle.check(session, waited);
  };
}

/**
 * Works on batched migrations inside an application.
 *
 * @module
 */

import type { BackgroundEvent } from "../background/state/event.ts";
import type { StopCondition } from "../background/worker/worker.ts";
import { Failure } from "../failure.ts";
import { systemClock } from "../runtime/clock.ts";
import { identity } from "../runtime/process.ts";
import { type Application, applicationOf, type ApplicationOptions } from "./application.ts";

/** Options of `workInBackground`. */
export interface BackgroundOptions extends ApplicationOptions {
  /** Workers per database. Default: 1. */
  readonly workers?: number;
  /**
   * When to end without the signal: after one batch of each database, when nothing is left that
   * this program can do, or never. Default: `forever`.
   */
  readonly until?: StopCondition;
  /** False: full speed, whatever the server's health. Default: true. */
  readonly throttle?: boolean;
  /** Called with each event; the logger receives them too. */
  readonly onEvent?: (event: BackgroundEvent) => void;
  /** Aborting it stops gracefully: running sub-batches are finished, and their batches released. */
  readonly signal?: AbortSignal;
}

/** What was done in one database. */
export interface WorkedDatabase {
  /** The product's name for the database. */
  readonly database: string;
  /** Batches that these workers finished, successfully or not. */
  readonly batches: number;
  /** Migrations that were unfinished at the end: on hold, failed, or leased by other workers. */
  readonly unfinished: number;
}

/**
 * Runs queued batched migrations until the signal is aborted. Any number of processes may do so at
 * once; each row is processed once even when a process crashes. It never ends the process and
 * installs no signal handlers.
 *
 * @throws {Failure} The first error; the work of other databases is then stopped gracefully.
 */
export async function workInBackground(
  options: BackgroundOptions = {},
): Promise<readonly WorkedDatabase[]> {
  const application = applicationOf(options);
  const stop = new AbortController();
  const forward = () => stop.abort(options.signal!.reason);
  options.signal?.addEventListener("abort", forward, { once: true });
  if (options.signal?.aborted) forward();
  try {
    const names = await application.databases();
    const ends = await Promise.allSettled(names.map(async (database) => {
      try {
        return await workFor(application, { ...options, database, signal: stop.signal });
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    }));
    return ends.map((end) => {
      if (end.status === "fulfilled") return end.value;
      // Throw the first error: it stopped the other databases.
      throw stop.signal.reason instanceof Failure ? stop.signal.reason : end.reason;
    });
  } finally {
    options.signal?.removeEventListener("abort", forward);
  }
}

async function workFor(
  { workspace, loggerAdapter }: Application,
  options: BackgroundOptions & { readonly database: string; readonly signal: AbortSignal },
): Promise<WorkedDatabase> {
  const { database, signal, workers = 1, until = "forever", throttle = true, onEvent } = options;
  const { runWorkerPool } = await import("../background/crew/worker_pool.ts");
  const { who, host, pid } = identity();
  const crew = {
    name: await workspace.history(database),
    connector: await workspace.connector(database),
    process: `${host}:${pid}`,
    who: `${who}@${host}`,
    clock: systemClock,
    report: (event: BackgroundEvent) => {
      loggerAdapter.event(event);
      onEvent?.(event);
    },
    signal,
    isThrottled: throttle,
    code: workspace.ownCode(),
  };
  return { database, ...await runWorkerPool(crew, { workers, until }) };
}

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

/** How to work. */
export interface BackgroundOptions extends ApplicationOptions {
  /** How many at once, per database. Default: 1. */
  readonly workers?: number;
  /**
   * When to end without the signal: after one batch of each database, when nothing is left that this
   * program could do, or never. Default: `forever`.
   */
  readonly until?: StopCondition;
  /** False: at full speed, whatever the server's health is. */
  readonly throttle?: boolean;
  /** Is told of each event, beside the logger. */
  readonly onEvent?: (event: BackgroundEvent) => void;
  /** Ends it in good order: the sub-batches under way are finished, and their batches given back. */
  readonly signal?: AbortSignal;
}

/** What was done for one database. */
export interface WorkedDatabase {
  /** The database of the product. */
  readonly database: string;
  /** Batches that these workers finished, successfully or not. */
  readonly batches: number;
  /** Migrations that were unfinished at the end: held, failed, or leased by other workers. */
  readonly unfinished: number;
}

/**
 * Works on what is queued until the signal is aborted. Any number of processes may do so at once;
 * whoever dies, each row is done once. The process is never ended, and its signals are left alone.
 *
 * @throws {Failure} What kept it from going on; the work of other databases is ended in good order.
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
      // The first one's: the others were ended because of it.
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

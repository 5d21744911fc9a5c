/**
 * Builds the worker pool of a command from its options.
 *
 * @module
 */

import type { WorkerPool } from "../../../background/crew/worker_pool.ts";
import { identity } from "../../../runtime/process.ts";
import { systemClock } from "../../../runtime/clock.ts";
import type { Invocation } from "../../invocation/invocation.ts";

/** The actor to record in events: `app@host`. */
export function operatorIdentity(): string {
  const { who, host } = identity();
  return `${who}@${host}`;
}

/**
 * @throws {Failure} `settings/*`, and every defect of the migrations.
 */
export async function workerPoolOf(
  invocation: Invocation,
  { database, isThrottled }: { readonly database: string; readonly isThrottled: boolean },
): Promise<WorkerPool> {
  const { host, pid } = identity();
  const { history } = await invocation.target(database);
  return {
    name: history,
    connector: await invocation.connector(database),
    process: `${host}:${pid}`,
    who: operatorIdentity(),
    clock: systemClock,
    report: invocation.output.event,
    signal: invocation.signal,
    isThrottled,
    code: invocation.ownCode(),
  };
}

/**
 * Trying a statement again that could not get its lock.
 *
 * @module
 */

import type { ServerError } from "../connection/session.ts";
import { Failure } from "../failure.ts";
import type { Step } from "../plan/plan.ts";
import { guarded, labelOf, type RunContext } from "./run_context.ts";

/** Refusals that another try may not meet: lock not available, deadlock, serialization. */
const WORTH_A_RETRY: ReadonlyMap<string, string> = new Map([
  ["55P03", "a lock on a table was not to be had in time"],
  ["40P01", "it was chosen to end a deadlock"],
  ["40001", "it met a concurrent change"],
]);

/** Tries in all. With the delays below about a minute and a half. */
export const TRIES = 12;

/** Whether the same again may succeed. */
export function isWorthARetry({ sqlstate }: ServerError): boolean {
  return WORTH_A_RETRY.has(sqlstate);
}

/** Milliseconds before the next try: full jitter under a doubling roof, as AWS describes it. */
export function retryDelay(tries: number, random: number): number {
  return Math.round(250 + random * Math.min(15_000, 500 * 2 ** tries));
}

/**
 * Tells why there will be another try, and waits for it.
 *
 * @param tries How many there were.
 * @throws {Failure} `lock/lost`, `interrupted/*`.
 */
export async function waitToRetry(
  context: RunContext,
  step: Step,
  { error, tries }: { readonly error: ServerError; readonly tries: number },
): Promise<void> {
  const { clock, report, history, signal } = context;
  const delay = retryDelay(tries, clock.random());
  report({
    database: history.database,
    type: "retrying",
    step: labelOf(step),
    why: `${WORTH_A_RETRY.get(error.sqlstate)}: ${error.message}`,
    seconds: delay / 1000,
  });
  await guarded(context, clock.sleep(delay, signal));
}

/** The failure of the last try, as one that is about a lock. */
export function busy(failure: Failure, { script }: Step): Failure {
  const became = script.transaction === "single"
    ? "Everything was rolled back. "
    : "Statements before this one stand. ";
  return new Failure("lock/table-busy", `${failure.message}\nTried ${TRIES} times.`, {
    hint:
      `${became}Find what holds the lock (pg_stat_activity, pg_locks), or give it longer with ` +
      "--lock-timeout, then run the same command again.",
    facts: failure.facts,
    ...(failure.place ? { place: failure.place } : {}),
  });
}

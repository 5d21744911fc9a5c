/**
 * Decides whether and when a statement is retried after a lock timeout, a deadlock or a serialization
 * failure.
 *
 * @module
 */

import type { ServerError } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import type { Step } from "../../plan/plan.ts";
import { type Blocker, blockerLines, terminateCommands } from "./blocker.ts";
import { disableIdleSessionTimeout } from "./inherited_settings.ts";
import { labelOf, raceWithLock, type RunContext } from "./run_context.ts";

/** Errors that may not recur: lock_not_available, deadlock_detected, serialization_failure. */
const WORTH_A_RETRY: ReadonlyMap<string, string> = new Map([
  ["55P03", "a lock on a table was not to be had in time"],
  ["40P01", "it was chosen to end a deadlock"],
  ["40001", "it met a concurrent change"],
]);

/** Whether another try may succeed. */
export function isRetryable({ sqlstate }: ServerError): boolean {
  return WORTH_A_RETRY.has(sqlstate);
}

/** Milliseconds before the next try: exponential backoff with full jitter, as AWS describes it. */
export function retryDelay(tries: number, random: number): number {
  return Math.round(250 + random * Math.min(15_000, 500 * 2 ** tries));
}

/**
 * Reports why the statement is retried, and waits until then.
 *
 * @param refused.tries The number of tries so far.
 * @param refused.blockers The blockers of the last try.
 * @throws {Failure} `lock/lost`, `interrupted/*`.
 */
export async function waitToRetry(
  context: RunContext,
  step: Step,
  { error, tries, blockers }: {
    readonly error: ServerError;
    readonly tries: number;
    readonly blockers: readonly Blocker[];
  },
): Promise<void> {
  const { clock, report, history, signal, work } = context;
  const delay = retryDelay(tries, clock.random());
  report({
    database: history.database,
    type: "retrying",
    step: labelOf(step),
    why: `${WORTH_A_RETRY.get(error.sqlstate)}: ${error.message}`,
    detail: error.detail ?? null,
    seconds: delay / 1000,
    blockers,
  });
  if (context.keepsBackend) await raceWithLock(context, disableIdleSessionTimeout(work));
  await raceWithLock(context, clock.sleep(delay, signal));
}

/** `lock/table-busy`: the failure of the last try, with the blockers and how to end them. */
export function lockNotAvailable(
  failure: Failure,
  { step: { script }, tries, blockers }: {
    readonly step: Step;
    readonly tries: number;
    readonly blockers: readonly Blocker[];
  },
): Failure {
  const became = script.transaction === "single"
    ? "Everything was rolled back."
    : "Statements before this one stand.";
  const lines = [
    failure.message,
    tries === 1 ? "Tried once." : `Tried ${tries} times.`,
    ...(blockers.length === 0 ? [] : ["In its way when it was last seen to wait:"]),
    ...blockerLines(blockers).map((line) => `  ${line}`),
  ];
  const longer = "--lock-timeout or --lock-retries";
  return new Failure("lock/table-busy", lines.join("\n"), {
    hint: blockers.length === 0
      ? `${became} Find what holds the lock (pg_stat_activity, pg_locks), or give it longer with ` +
        `${longer}, then run the same command again.`
      : `${became} Run the same command again when they have ended, or give it longer with ` +
        `${longer}. To end them: ${terminateCommands(blockers).join("; ")}`,
    facts: { ...failure.facts, tries, blockers },
    ...(failure.place ? { place: failure.place } : {}),
  });
}

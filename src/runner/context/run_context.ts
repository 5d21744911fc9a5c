// Pure.
/**
 * What every part of one run shares.
 *
 * @module
 */

import type { HeldLock } from "../../connection/lock/advisory_lock.ts";
import type { Connector, Session } from "../../connection/session/session.ts";
import type { Runner } from "../../history/attempt.ts";
import type { HistoryName } from "../../history/history_name.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Step } from "../../plan/plan.ts";
import type { StepHooks } from "../../plan/step_hooks.ts";
import type { RunReporter, StepLabel } from "./event.ts";

/** How a run behaves, after defaults. */
export interface RunOptions {
  /** Milliseconds that one statement may wait for a lock on a user's table. */
  readonly lockTimeout: number;
  /** Milliseconds that one statement may run, unless its migration says otherwise; default: no limit. */
  readonly statementTimeout?: number | undefined;
  /** How often a statement that got no lock in that time is tried again; 0 is a single try. */
  readonly lockRetries: number;
  /** Milliseconds to go on trying when locks or slots are not to be had. */
  readonly lockWait: number;
  /** When commits must be on disk: once for the whole run, or each by itself. */
  readonly durable: "run" | "each";
}

/** A run that holds the lock and the fence. */
export interface RunContext {
  /** The database of the product, and the schema of its history. */
  readonly history: HistoryName;
  /** Opens further sessions. */
  readonly connector: Connector;
  /** Who runs, as the history records it. */
  readonly runner: Runner;
  /** Timeouts, retries and durability. */
  readonly options: RunOptions;
  /** The time. */
  readonly clock: Clock;
  /** Takes every event as it happens. */
  readonly report: RunReporter;
  /** Aborted with the `Failure` to end with. */
  readonly signal: AbortSignal;
  /** The migration lock. */
  readonly lock: HeldLock;
  /** The session that migrations run in. */
  readonly work: Session;
  /** Whether it is known to keep one backend for itself; a pooler may give it others. */
  readonly keepsBackend: boolean;
  /** The fencing token of this run. */
  readonly fence: bigint;
  /** Settings of the work's session, `name = value`, by which the server notices that we are gone. */
  readonly clientChecks: readonly string[];
  /** What batched migrations add to steps. */
  readonly hooks?: StepHooks | undefined;
}

/** Milliseconds that a cancelled statement may take to end. */
const CANCEL_PATIENCE = 5_000;

/** How events and errors name a step. */
export function labelOf({ definition, direction, script }: Step): StepLabel {
  return { version: definition.version, name: definition.name, direction, file: script.path };
}

/**
 * Waits for work on the server, no longer than the lock and the user allow. When either ends, the
 * statement is cancelled on the server before the reason is thrown.
 */
export async function raceWithLock<T>(context: RunContext, work: Promise<T>): Promise<T> {
  const { signal, lock, work: session } = context;
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  aborted.catch(() => {});
  try {
    return await Promise.race([work, lock.lost, aborted]);
  } catch (error) {
    if (signal.aborted || lock.isLost) {
      await session.cancel();
      // What was cut off must have ended before anything is said about it.
      const enough = new AbortController();
      const waited = context.clock.sleep(CANCEL_PATIENCE, enough.signal).catch(() => {});
      const ended = await Promise.race([work.then(() => true, () => true), waited]);
      enough.abort();
      if (!ended) session.abandon();
    }
    throw error;
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
  }
}

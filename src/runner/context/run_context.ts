// Pure.
/**
 * The context that all functions of one run share.
 *
 * @module
 */

import type { HeldLock } from "../../connection/lock/advisory_lock.ts";
import type { Connector, Session } from "../../connection/session/session.ts";
import type { Runner } from "../../history/attempt.ts";
import type { HistoryName } from "../../history/history_name.ts";
import type { Storable } from "../../sql/storable.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Step } from "../../plan/plan.ts";
import type { StepHooks } from "../../plan/step_hooks.ts";
import type { RunReporter, StepLabel } from "./event.ts";

/** The options of a run, with defaults applied. */
export interface RunOptions {
  /** Milliseconds that one statement may wait for a lock on a user's table. */
  readonly lockTimeout: number;
  /** Milliseconds that one statement may run, unless its migration says otherwise; default: no limit. */
  readonly statementTimeout?: number | undefined;
  /** How often a statement is retried after that timeout; 0 is a single try. */
  readonly lockRetries: number;
  /** Milliseconds to keep trying for the migration lock and for connection slots. */
  readonly lockWait: number;
  /** Whether to refuse a statement from which row level security hides rows; default: refuse. */
  readonly rowSecurity?: "refuse" | "apply" | undefined;
  /** Whether commits are flushed once at the end of the run, or each by itself. */
  readonly durable: "run" | "each";
}

/** A run that holds the lock and the fence. */
export interface RunContext {
  /** The database of the product, and the schema of its history. */
  readonly history: HistoryName;
  /** Opens further sessions. */
  readonly connector: Connector;
  /** The user, host and program version that the history records. */
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
  /** Whether the work session is known to keep one backend; a pooler may switch backends. */
  readonly keepsBackend: boolean;
  /** The fencing token of this run. */
  readonly fence: bigint;
  /** Settings, `name = value`, by which the server notices that the work session's client has gone. */
  readonly clientChecks: readonly string[];
  /** What batched migrations add to steps. */
  readonly hooks?: StepHooks | undefined;
  /** The database's encoding, as PostgreSQL names it. */
  readonly encoding: string;
  /** Converts the names of the plan's migrations to characters that the database can store. */
  readonly storable: Storable;
}

/** Milliseconds that a cancelled statement may take to end. */
const CANCEL_TIMEOUT = 5_000;

/** The label of a step in events and errors. */
export function labelOf({ definition, direction, script }: Step): StepLabel {
  return { version: definition.version, name: definition.name, direction, file: script.path };
}

/**
 * Waits for work on the server, until the lock is lost or the user interrupts the run. Then the
 * statement is cancelled on the server before the reason is thrown.
 *
 * @throws {Failure} `lock/*`, `interrupted/*`; otherwise what `work` rejects with.
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
      // The outcome can be reported only after the interrupted work has ended.
      const ended = work.then(() => true, () => true);
      const endWait = new AbortController();
      const waited = context.clock.sleep(CANCEL_TIMEOUT, endWait.signal).catch(() => {});
      // Wait for the cancel request, too: a late one would cancel the next statement.
      const cancelled = Promise.all([ended, session.cancel()]);
      if (!await Promise.race([cancelled.then(() => true), waited])) session.abandon();
      endWait.abort();
    }
    throw error;
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
  }
}

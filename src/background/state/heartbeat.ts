// Pure.
/**
 * Signals of workers other than events: that they are alive, and what they wait for.
 *
 * @module
 */

import type { StoredMigration } from "./rows.ts";
import type { ThrottleVerdict } from "../throttle/verdict.ts";

/** The receiver of the signals. */
export interface Heartbeat {
  /**
   * A worker is alive.
   *
   * @param within Milliseconds within which a worker that is not stuck calls this again.
   */
  beat(worker: string, within: number): void;
  /** The throttle returned a verdict. */
  looked(migration: StoredMigration, verdict: ThrottleVerdict): void;
  /** A worker has paused. */
  paused(migration: StoredMigration, milliseconds: number): void;
}

/** The default of `within`: longer than the limits of any single step. */
export const HEARTBEAT_DUE = 5 * 60_000;

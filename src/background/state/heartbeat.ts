// Pure.
/**
 * What workers report apart from events: that they are alive, and what they wait for.
 *
 * @module
 */

import type { StoredMigration } from "./rows.ts";
import type { ThrottleVerdict } from "../throttle/signal.ts";

/** Who listens. */
export interface Heartbeat {
  /**
   * A worker goes on.
   *
   * @param within Milliseconds in which it will say so again, if it is not stuck.
   */
  beat(worker: string, within: number): void;
  /** The throttle has spoken. */
  looked(migration: StoredMigration, verdict: ThrottleVerdict): void;
  /** A worker has paused for so many milliseconds. */
  paused(migration: StoredMigration, milliseconds: number): void;
}

/** Milliseconds for whatever has limits of its own, which are shorter. */
export const HEARTBEAT_DUE = 5 * 60_000;

// Pure.
/**
 * The context that all functions of a worker share.
 *
 * @module
 */

import type { Connector, Session } from "../../connection/session/session.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { BackgroundReporter } from "../state/event.ts";
import type { Heartbeat } from "../state/heartbeat.ts";
import type { BackgroundTables, StoredMigration } from "../state/rows.ts";
import type { BatchingStrategy } from "../strategy/strategy.ts";
import type { SubBatchWork } from "./sub_batch_work.ts";
import type { ThrottleVerdict } from "../throttle/verdict.ts";

/** A worker with its session. */
export interface WorkerContext {
  readonly name: BackgroundTables;
  readonly session: Session;
  /** Opens other sessions with the same server. */
  readonly connector: Connector;
  /** `host:pid:number`, for display. The token identifies the holder of a lease. */
  readonly worker: string;
  /** The actor in events: `app@host`. */
  readonly who: string;
  readonly clock: Clock;
  readonly report: BackgroundReporter;
  /** Aborted when the worker is to stop; it finishes the current sub-batch first. */
  readonly signal: AbortSignal;
  /** Returns the work of a migration's sub-batches; undefined if this program cannot run it. */
  readonly workOf: (migration: StoredMigration) => SubBatchWork | undefined;
  /** Returns why this program cannot run the migration, for display. */
  readonly lackOf?: (migration: StoredMigration) => string | undefined;
  readonly strategyOf: (migration: StoredMigration) => BatchingStrategy;
  /** Receives signs of life and the throttle's verdicts. */
  readonly heartbeat?: Heartbeat;
  /** Ids of the migrations that were reported as slowed. */
  readonly slowed: Set<string>;
  /** Ids of the migrations whose own indicator was reported as unreadable. */
  readonly unread: Set<string>;
  /**
   * Called before each sub-batch. `waited`: milliseconds for which another session had waited for
   * the locks of the previous sub-batch.
   */
  readonly throttle: (migration: StoredMigration, waited: number) => Promise<ThrottleVerdict>;
}

// Pure.
/**
 * What every part of a worker shares.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { BackgroundReporter } from "../state/event.ts";
import type { Heartbeat } from "../state/heartbeat.ts";
import type { BackgroundTables, StoredMigration } from "../state/rows.ts";
import type { BatchingStrategy } from "../strategy/strategy.ts";
import type { SubBatchWork } from "./work.ts";
import type { ThrottleVerdict } from "../throttle/signal.ts";

/** A worker with its session. */
export interface WorkerContext {
  readonly name: BackgroundTables;
  readonly session: Session;
  /** `host:pid:number`, for people; what makes a lease ours is its token. */
  readonly worker: string;
  /** Whose doing it is, for events: `app@host`. */
  readonly who: string;
  readonly clock: Clock;
  readonly report: BackgroundReporter;
  /** Aborted when the worker is to end: the sub-batch that runs is finished first. */
  readonly signal: AbortSignal;
  /** What the sub-batches of a migration do; undefined: this program does not know how. */
  readonly workOf: (migration: StoredMigration) => SubBatchWork | undefined;
  /** Why it does not know, for people. */
  readonly lackOf?: (migration: StoredMigration) => string | undefined;
  readonly strategyOf: (migration: StoredMigration) => BatchingStrategy;
  /** Is told that the worker is alive, and what it waits for. */
  readonly heartbeat?: Heartbeat;
  /** Ids of the migrations that it has said it is slow with. */
  readonly slowed: Set<string>;
  /** Asked before each sub-batch, with the milliseconds for which somebody had waited for the last. */
  readonly throttle: (migration: StoredMigration, waited: number) => Promise<ThrottleVerdict>;
}

// Pure.
/**
 * The reading of one indicator of the server's health, and the verdict of all of them.
 *
 * @module
 */

/** How fast batched migrations may go. */
export type Signal = "full" | "slow" | "stop";

/** The reading of one indicator. */
export interface IndicatorReading {
  /** Stable: `replica-lag`. */
  readonly indicator: string;
  /**
   * `unknown`: the figure could not be read, for example because a privilege is missing. It slows
   * nothing down.
   */
  readonly signal: Signal | "unknown";
  /** For display, with the figures: `standby "b" is 1.2 GB behind (limit 256 MB)`. */
  readonly reason: string;
}

/** What to do before the next sub-batch. */
export interface ThrottleVerdict {
  readonly signal: Signal;
  /** Ordered by severity. */
  readonly readings: readonly IndicatorReading[];
  /** With `stop`: milliseconds until the next check. */
  readonly holdFor?: number;
  /** Whether the migration is held for longer than its declaration's `maxHold`. */
  readonly isOverdue: boolean;
}

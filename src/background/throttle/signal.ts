// Pure.
/**
 * What one indicator says of the server's health, and what all of them say together.
 *
 * @module
 */

/** How fast batched migrations may go. */
export type Signal = "full" | "slow" | "stop";

/** What one indicator found. */
export interface IndicatorReading {
  /** Stable: `replica-lag`. */
  readonly indicator: string;
  /** `unknown`: it could not be asked, for want of rights for instance. It holds nothing up. */
  readonly signal: Signal | "unknown";
  /** For people, with the figures: `standby "b" is 1.2 GB behind (limit 256 MB)`. */
  readonly reason: string;
}

/** What to do before the next sub-batch. */
export interface ThrottleVerdict {
  readonly signal: Signal;
  /** Those that ask for less than full speed first. */
  readonly readings: readonly IndicatorReading[];
  /** With `stop`: milliseconds after which to ask again. */
  readonly holdFor?: number;
  /** Held longer than the declaration's `maxHold`: time to tell a person. */
  readonly isOverdue: boolean;
}

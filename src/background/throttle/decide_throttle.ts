// Pure.
/**
 * Turns the readings of all indicators into one verdict. It slows down at once and speeds up only
 * after a series of good checks. The longer a migration is stopped, the less often it is checked.
 *
 * @module
 */

import { SEVERITY } from "./indicator.ts";
import type { IndicatorReading, Signal, ThrottleVerdict } from "./verdict.ts";

/**
 * Consecutive good checks before a slowed worker returns to full speed, about ten seconds: each
 * early return makes other sessions wait long.
 */
const GOOD_CHECKS = 10;

/**
 * Milliseconds of the first hold and of the longest. Each hold is twice as long as the previous
 * one.
 */
const FIRST_HOLD = 5_000;
const LONGEST_HOLD = 5 * 60_000;

/** The state that is kept between two checks. */
export interface ThrottleState {
  readonly signal: Signal;
  /** The last signal of each indicator. */
  readonly said: { readonly [indicator: string]: IndicatorReading["signal"] };
  /** The readings that last asked for less than full speed. */
  readonly because: readonly IndicatorReading[];
  /** Consecutive checks that asked for full speed. */
  readonly good: number;
  readonly hold?: Hold;
}

/** The hold while it is stopped. Times are of a monotonic clock. */
interface Hold {
  readonly since: number;
  readonly until: number;
  readonly length: number;
}

export const UNTHROTTLED: ThrottleState = { signal: "full", said: {}, because: [], good: 0 };

/**
 * Judges one check.
 *
 * @param check.now Milliseconds of a monotonic clock.
 * @param check.maxHold Milliseconds.
 */
export function decideThrottle(
  state: ThrottleState,
  { readings, now, maxHold }: {
    readonly readings: readonly IndicatorReading[];
    readonly now: number;
    readonly maxHold: number;
  },
): { readonly state: ThrottleState; readonly verdict: ThrottleVerdict } {
  const asked = mostCareful(readings);
  const good = asked === "full" ? state.good + 1 : 0;
  // After a stop it runs slowly at first, even if all readings are good.
  const isRecovering = asked === "full" && state.signal !== "full" && good < GOOD_CHECKS;
  const signal = isRecovering ? "slow" : asked;
  const because = asked === "full" ? state.because : readings.filter(isHoldingBack);
  const hold = signal === "stop" ? extended(state.hold, now) : undefined;
  const next: ThrottleState = {
    signal,
    said: Object.fromEntries(readings.map((one) => [one.indicator, one.signal])),
    because,
    good,
    ...(hold ? { hold } : {}),
  };
  const reported = [...(isRecovering ? remembered(because, good) : []), ...readings];
  return {
    state: next,
    verdict: verdictOf(next, { readings: reported.sort(byWeight), now, maxHold }),
  };
}

/** The verdict of a state at a time between two checks, with the rest of its hold. */
export function verdictOf(
  { signal, hold }: ThrottleState,
  { readings, now, maxHold }: {
    readonly readings: readonly IndicatorReading[];
    readonly now: number;
    readonly maxHold: number;
  },
): ThrottleVerdict {
  return {
    signal,
    readings,
    isOverdue: hold !== undefined && now - hold.since >= maxHold,
    ...(hold ? { holdFor: Math.max(0, Math.round(hold.until - now)) } : {}),
  };
}

function mostCareful(readings: readonly IndicatorReading[]): Signal {
  if (readings.some(({ signal }) => signal === "stop")) return "stop";
  return readings.some(({ signal }) => signal === "slow") ? "slow" : "full";
}

function isHoldingBack({ signal }: IndicatorReading): boolean {
  return SEVERITY[signal] > SEVERITY.full;
}

/** A hold that has not ended stays as it is: this check was early. */
function extended(hold: Hold | undefined, now: number): Hold {
  if (!hold) return { since: now, until: now + FIRST_HOLD, length: FIRST_HOLD };
  if (now < hold.until) return hold;
  const length = Math.min(LONGEST_HOLD, hold.length * 2);
  return { since: hold.since, until: now + length, length };
}

function remembered(
  because: readonly IndicatorReading[],
  good: number,
): readonly IndicatorReading[] {
  return because.map(({ indicator, reason }) => ({
    indicator,
    signal: "slow",
    reason: `a moment ago: ${reason} (good looks since: ${good} of ${GOOD_CHECKS})`,
  }));
}

/** Orders readings by severity, with unknown ones before those at full speed. */
function byWeight(a: IndicatorReading, b: IndicatorReading): number {
  return weight(b) - weight(a);
}

function weight({ signal }: IndicatorReading): number {
  return signal === "unknown" ? SEVERITY.full + 0.5 : SEVERITY[signal];
}

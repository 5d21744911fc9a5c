// Pure.
/**
 * Turns the readings of all indicators into one verdict. It slows down at once and speeds up only
 * after things were better for a while; the longer something is stopped, the less often it is
 * looked at.
 *
 * @module
 */

import { SEVERITY } from "./indicator.ts";
import type { IndicatorReading, Signal, ThrottleVerdict } from "./signal.ts";

/**
 * Looks in a row that must be good before a slowed worker goes at full speed, some ten seconds: each
 * return to full speed that was too early costs others a long wait.
 */
const GOOD_LOOKS = 10;

/** Milliseconds of the first hold, each twice as long as the one before it, and of the longest. */
const FIRST_HOLD = 5_000;
const LONGEST_HOLD = 5 * 60_000;

/** What is remembered from one look to the next. */
export interface ThrottleState {
  readonly signal: Signal;
  /** What each indicator said last. */
  readonly said: { readonly [indicator: string]: IndicatorReading["signal"] };
  /** Those that asked for less than full speed when last any did. */
  readonly because: readonly IndicatorReading[];
  /** Looks in a row that asked for full speed. */
  readonly good: number;
  readonly hold?: Hold;
}

/** While it is stopped. Times are a clock's that never jumps. */
interface Hold {
  readonly since: number;
  readonly until: number;
  readonly length: number;
}

export const UNTHROTTLED: ThrottleState = { signal: "full", said: {}, because: [], good: 0 };

/**
 * Judges one look.
 *
 * @param look.now Milliseconds of a clock that never jumps.
 * @param look.maxHold Milliseconds.
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
  // After a stop it goes slowly first, however well things look.
  const isRecovering = asked === "full" && state.signal !== "full" && good < GOOD_LOOKS;
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
  const told = [...(isRecovering ? remembered(because, good) : []), ...readings];
  return { state: next, verdict: verdictOf(next, { readings: told.sort(byWeight), now, maxHold }) };
}

/** What a state means at some moment until there is another look: the rest of a hold shrinks. */
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

/** A hold that is not over goes on as it is: somebody only looked early. */
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
    reason: `a moment ago: ${reason} (good looks since: ${good} of ${GOOD_LOOKS})`,
  }));
}

/** Who asks for less first, and among those who ask for nothing the ones that could not be asked. */
function byWeight(a: IndicatorReading, b: IndicatorReading): number {
  return weight(b) - weight(a);
}

function weight({ signal }: IndicatorReading): number {
  return signal === "unknown" ? SEVERITY.full + 0.5 : SEVERITY[signal];
}

// Pure.
/**
 * How far a batched migration is, in words.
 *
 * @module
 */

import type { ProgressSnapshot } from "./progress_snapshot.ts";
import { progressOf, secondsLeft } from "./progress.ts";

/** How far it is: `63 %, about 4 min left`. */
export function describeProgress(snapshot: ProgressSnapshot): string {
  const part = percentText(snapshot) ?? `${numberText(snapshot.done)} rows done`;
  const left = secondsLeft(snapshot);
  return left === undefined || left === 0 ? part : `${part}, about ${timeText(left)} left`;
}

/** `63 %`; undefined when nothing is known of the whole. */
export function percentText(snapshot: ProgressSnapshot): string | undefined {
  const part = progressOf(snapshot);
  return part === undefined ? undefined : `${Math.floor(part * 100)} %`;
}

/** Seconds as somebody says how long something takes: `50 s`, `4 min`, `7 h`, `3 d`. */
export function timeText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.ceil(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.ceil(seconds / 3_600)} h`;
  return `${Math.ceil(seconds / 86_400)} d`;
}

/** `1,234,567`. */
export function numberText(number: number): string {
  return String(Math.round(number)).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** A rate in four digits: `950/s`, `12.3k/s`, `1.2M/s`. */
export function rateText(rate: number): string {
  if (rate < 10) return `${rate.toFixed(1)}/s`;
  if (rate < 1_000) return `${Math.round(rate)}/s`;
  if (rate < 1_000_000) return `${(rate / 1_000).toFixed(1)}k/s`;
  return `${(rate / 1_000_000).toFixed(1)}M/s`;
}

// Pure.
/**
 * The names of the built-in throttle indicators, for `throttle.ignore`.
 *
 * @module
 */

import { suggest } from "../../suggest.ts";

/** A public promise: names are only added, never removed. */
export const THROTTLE_INDICATORS = [
  "replica-lag",
  "replication-slots",
  "archive-backlog",
  "autovacuum",
  "blocked-by-us",
  "lock-waits",
  "dead-tuples",
  "oldest-xmin",
  "active-sessions",
] as const;

/** The name of a built-in indicator. */
export type IndicatorName = (typeof THROTTLE_INDICATORS)[number];

/** Whether a text names a built-in indicator. */
export function isIndicatorName(name: string): name is IndicatorName {
  return (THROTTLE_INDICATORS as readonly string[]).includes(name);
}

/** The hint for an unknown name: the most similar name, or all of them. */
export function indicatorHint(name: string): string {
  const near = suggest(name, THROTTLE_INDICATORS);
  return near === undefined
    ? `There are ${THROTTLE_INDICATORS.join(", ")}.`
    : `Did you mean \`${near}\`?`;
}

// Pure.
/**
 * The names of what holds batched migrations back without being asked to, for `throttle.ignore`.
 *
 * @module
 */

import { suggest } from "../../suggest.ts";

/** Promises: only ever added to. */
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

/** One of them. */
export type IndicatorName = (typeof THROTTLE_INDICATORS)[number];

/** Whether there is an indicator of that name. */
export function isIndicatorName(name: string): name is IndicatorName {
  return (THROTTLE_INDICATORS as readonly string[]).includes(name);
}

/** What to say to somebody who wrote a name that is none: the one that was meant, or all of them. */
export function indicatorHint(name: string): string {
  const near = suggest(name, THROTTLE_INDICATORS);
  return near === undefined
    ? `There are ${THROTTLE_INDICATORS.join(", ")}.`
    : `Did you mean \`${near}\`?`;
}

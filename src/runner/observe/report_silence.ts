/**
 * Reports that the server has sent nothing for a while. For the client, a long statement and a broken
 * network look the same. So the report says how long the silence lasts, and whether the server still
 * answers on the lock's idle connection, which is probed every few seconds.
 *
 * @module
 */

import type { HeldLock } from "../../connection/lock/advisory_lock.ts";
import type { Session } from "../../connection/session/session.ts";
import type { RunReporter } from "../context/event.ts";

/** Milliseconds between two checks. */
const CHECK_EVERY = 1_000;

/** Milliseconds of silence before the first report; then each time it has doubled, up to a limit. */
const REPORT = { first: 10_000, atLeastEvery: 600_000 };

/** Milliseconds of silence within which the lock's connection counts as answered. */
const ANSWERS = 2_000;

/** Reports silence until `end` is called. */
export function reportSilence(
  { work, lock, database, report }: {
    readonly work: Session;
    readonly lock: HeldLock;
    readonly database: string;
    readonly report: RunReporter;
  },
): { readonly end: () => void } {
  let next = REPORT.first;
  const timer = setInterval(() => {
    const { silence } = work;
    if (silence < REPORT.first) next = REPORT.first;
    if (silence < next) return;
    next = silence + Math.min(silence, REPORT.atLeastEvery);
    report({
      type: "silent",
      database,
      seconds: Math.round(silence / 1_000),
      isReachable: !lock.isLost && (lock.session?.silence ?? 0) < ANSWERS,
    });
  }, CHECK_EVERY);
  return { end: () => clearInterval(timer) };
}

/**
 * Telling that the server says nothing: a long statement and a network that loses everything look the
 * same from here. So it is told for how long, and whether the connection that holds the lock, which
 * has nothing to do and is asked every few seconds, is still answered.
 *
 * @module
 */

import type { HeldLock } from "../../connection/lock/advisory_lock.ts";
import type { Session } from "../../connection/session/session.ts";
import type { RunReporter } from "../context/event.ts";

/** Milliseconds between two looks. */
const LOOK_EVERY = 1_000;

/** Milliseconds of silence after which it is told; then each time when it has doubled, up to a roof. */
const TELL = { first: 10_000, atLeastEvery: 600_000 };

/** Milliseconds within which the lock's connection is asked again, and answers. */
const ANSWERS = 2_000;

/** Tells of silence until it is ended. */
export function reportSilence(
  { work, lock, database, report }: {
    readonly work: Session;
    readonly lock: HeldLock;
    readonly database: string;
    readonly report: RunReporter;
  },
): { readonly end: () => void } {
  let next = TELL.first;
  const timer = setInterval(() => {
    const { silence } = work;
    if (silence < TELL.first) next = TELL.first;
    if (silence < next) return;
    next = silence + Math.min(silence, TELL.atLeastEvery);
    report({
      type: "silent",
      database,
      seconds: Math.round(silence / 1_000),
      isReachable: !lock.isLost && (lock.session?.silence ?? 0) < ANSWERS,
    });
  }, LOOK_EVERY);
  return { end: () => clearInterval(timer) };
}

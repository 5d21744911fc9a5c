// Pure.
/**
 * The meanings of exit statuses.
 *
 * @module
 */

import { EXIT } from "../../failure.ts";

/** Each group of statuses and its meaning, ascending. */
export const EXIT_STATUSES: readonly (readonly [statuses: readonly number[], meaning: string])[] = [
  [[EXIT.done], "done"],
  [[EXIT.finding], "found (status --exit-code, doctor) or not ready (wait)"],
  [[EXIT.usage], "command line or settings"],
  [[EXIT.connection], "connection"],
  [[EXIT.definition], "migration files"],
  [[EXIT.history], "history needs a person"],
  [[EXIT.lock], "lock"],
  [[EXIT.sql], "SQL"],
  [[EXIT.background], "background work"],
  [[EXIT.defect], "defect of this program"],
  [[EXIT.output], "output could not be written"],
  [[EXIT.interrupted, EXIT.terminated], "stopped by a signal"],
];

/** The meaning of one status. */
export function meaningOf(status: number): string {
  return EXIT_STATUSES.find(([statuses]) => statuses.includes(status))?.[1] ?? "";
}

/** The sentence that follows them in help. */
export const REPEATABLE = `${EXIT.connection} and ${EXIT.lock} are safe to repeat.`;

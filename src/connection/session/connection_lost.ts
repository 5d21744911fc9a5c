// Pure.
/**
 * The failure of a session whose connection is lost.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { cutHint } from "./pooler_messages.ts";

/**
 * `connection/lost`.
 *
 * @param why A clause, such as the last error of the server.
 */
export function connectionLost(label: string, why?: string): Failure {
  return new Failure(
    "connection/lost",
    `The connection to ${label} was lost${why ? `: ${why}` : ""}.`,
    {
      hint: cutHint(why) ??
        "Run the same command again: it looks at what was done and goes on from there.",
      ...(why ? { facts: { reason: why } } : {}),
    },
  );
}

/** A clause about the length of a silence. */
export function noAnswerFor(milliseconds: number): string {
  return `no answer for ${Math.round(milliseconds / 1_000)} s`;
}

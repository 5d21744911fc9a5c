// Pure.
/**
 * Lines at the end of a terminal that are redrawn below lines that stay.
 *
 * @module
 */

import type { Streams } from "./output.ts";

/** The streams, and lines that are cleared before anything is written to them. */
export interface LiveLine {
  readonly streams: Streams;
  /** Shows the lines in place of those drawn before; on a terminal only. */
  draw(lines: readonly string[]): void;
}

/** Moves to the start of the line, and erases to the end of the screen. */
const START = "\r";
const ERASE = "\x1b[K";
const ERASE_BELOW = "\x1b[J";

/** Moves to the start of the first of so many lines, from anywhere in the last. */
function first(lines: number): string {
  return lines > 1 ? `${START}\x1b[${lines - 1}A` : START;
}

/** @param streams Both may lead to the same terminal. */
export function liveLine(streams: Streams): LiveLine {
  let drawn = 0;
  const clear = () => {
    if (drawn > 0) streams.stderr(first(drawn) + (drawn > 1 ? ERASE_BELOW : ERASE));
    drawn = 0;
  };
  return {
    streams: {
      stdout(text) {
        clear();
        streams.stdout(text);
      },
      stderr(text) {
        clear();
        streams.stderr(text);
      },
    },
    draw(lines) {
      const fewer = lines.length < drawn ? ERASE_BELOW : "";
      streams.stderr(first(drawn) + lines.join(`${ERASE}\n`) + ERASE + fewer);
      drawn = lines.length;
    },
  };
}

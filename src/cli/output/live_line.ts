// Pure.
/**
 * Last lines that are drawn over, under lines that stay.
 *
 * @module
 */

import type { Streams } from "./output.ts";

/** Streams as they were, and lines that give way to whatever is written to them. */
export interface LiveLine {
  readonly streams: Streams;
  /** Shows the lines in place of those it showed before; on a terminal only. */
  draw(lines: readonly string[]): void;
}

/** To the start of the line, to erase what is right of there, and what is below as well. */
const START = "\r";
const ERASE = "\x1b[K";
const ERASE_BELOW = "\x1b[J";

/** To the start of the first of so many lines, from anywhere in the last. */
function first(lines: number): string {
  return lines > 1 ? `${START}\x1b[${lines - 1}A` : START;
}

/** @param streams Both may end up on the same terminal. */
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

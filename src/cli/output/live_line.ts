// Pure.
/**
 * A last line that is drawn over, under lines that stay.
 *
 * @module
 */

import type { Streams } from "./output.ts";

/** Streams as they were, and a line that gives way to whatever is written to them. */
export interface LiveLine {
  readonly streams: Streams;
  /** Shows the text in place of what it showed before; on a terminal only. */
  draw(text: string): void;
}

/** To the start of the line, and to erase what is right of there. */
const START = "\r";
const ERASE = "\x1b[K";

/** @param streams Both may end up on the same terminal. */
export function liveLine(streams: Streams): LiveLine {
  let drawn = false;
  const clear = () => {
    if (drawn) streams.stderr(START + ERASE);
    drawn = false;
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
    draw(text) {
      streams.stderr(START + text + ERASE);
      drawn = true;
    },
  };
}

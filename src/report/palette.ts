// Pure.
/**
 * Lets migrator's colours pass where controls from outside are escaped.
 *
 * @module
 */

import { escapeControls } from "../format/escape_controls.ts";
import { PLAIN, type Style } from "./style.ts";

/** A style, and the function that makes lines in this style safe for a terminal. */
export interface Palette {
  readonly style: Style;
  /** The line with the colours of `style`; every other control in it is escaped. */
  paint(line: string): string;
}

/** No colours. */
export const COLOURLESS: Palette = { style: PLAIN, paint: escapeControls };

/**
 * Colours as SGR sequences. Until a line is painted, each sequence carries the key, so that a
 * sequence in text from outside cannot pass for one of migrator's.
 *
 * @param key Digits that are unpredictable outside this process.
 */
export function coloured(key: string): Palette {
  const mark = (code: number) => `\x1b[${code};${key}m`;
  const between = (on: number, off: number) => (text: string) => mark(on) + text + mark(off);
  const ours = new RegExp(`\x1b\\[(\\d+);${key}m`);
  return {
    style: {
      bold: between(1, 22),
      dim: between(2, 22),
      good: between(32, 39),
      bad: between(31, 39),
      caution: between(33, 39),
    },
    paint: (line) =>
      line.split(ours).map((part, index) =>
        index % 2 === 0 ? escapeControls(part) : `\x1b[${part}m`
      ).join(
        "",
      ),
  };
}

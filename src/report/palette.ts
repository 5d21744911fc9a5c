// Pure.
/**
 * Colours of our own that pass where controls of others are shown.
 *
 * @module
 */

import { escapeControls } from "../format/escape_controls.ts";
import { PLAIN, type Style } from "./style.ts";

/** A style, and the one place where a line that uses it is made fit for a terminal. */
export interface Palette {
  readonly style: Style;
  /** The line with the colours of `style`; every other control in it is shown by its number. */
  paint(line: string): string;
}

/** No colours. */
export const COLOURLESS: Palette = { style: PLAIN, paint: escapeControls };

/**
 * Colours as SGR sequences. Until a line is painted each carries the key, so that a sequence in a text
 * from outside is told from ours.
 *
 * @param key Digits that nobody outside this process can know.
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

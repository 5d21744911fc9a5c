// Pure.
/**
 * Cuts lines off where a terminal would break them.
 *
 * @module
 */

/** A colour sequence, or one character. */
const PIECE = new RegExp(`${"\x1b"}\\[[\\d;]+m|.`, "gsu");

/** The first columns of a line. Colours take no columns, and those behind the cut are kept. */
export function clip(line: string, columns: number): string {
  let width = 0;
  return [...line.matchAll(PIECE)]
    .filter(([piece]) => piece.startsWith("\x1b[") || ++width <= columns)
    .map(([piece]) => piece).join("");
}

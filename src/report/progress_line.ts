// Pure.
/**
 * How far a long piece of work is: `verifying frontend [######....] 42 of 349`.
 *
 * @module
 */

import type { Style } from "./style.ts";

/** How far it is. */
export interface WorkProgress {
  readonly what: string;
  readonly done: number;
  readonly total: number;
}

/** Columns of the bar. */
const WIDTH = 24;

/** A line with a bar, shorter than so many columns; where there is no room for a bar, without. */
export function progressLine(
  { what, done, total }: WorkProgress,
  { columns, style }: { readonly columns: number; readonly style: Style },
): string {
  const counts = `${done} of ${total}`;
  if (what.length + counts.length + WIDTH + 5 > columns || total === 0) {
    return `${what} ${counts}`.slice(0, columns - 1);
  }
  const full = Math.floor(WIDTH * Math.min(done / total, 1));
  const bar = `[${style.good("#".repeat(full))}${style.dim(".".repeat(WIDTH - full))}]`;
  return `${what} ${bar} ${counts}`;
}

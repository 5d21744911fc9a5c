// Pure.
/**
 * Shows the progress of an index build.
 *
 * @module
 */

import type { IndexProgress } from "../runner/context/index_progress.ts";
import { escapeControls } from "../format/escape_controls.ts";
import type { Style } from "./style.ts";

/** What the bar shows. */
export type IndexProgressBar = IndexProgress & {
  readonly database: string;
  readonly seconds: number;
};

/** The bar's least and most columns. */
const BAR = { least: 8, most: 30 };

/** Least columns of a line with a bar. */
const MIN_COLUMNS = 60;

/**
 * A line shorter than so many columns: `app: public.i [######....] 42% building: scanning table`.
 */
export function progressBar(
  progress: IndexProgressBar,
  { columns, style }: { readonly columns: number; readonly style: Style },
): string {
  const { percent } = progress;
  const state = stateText(progress).replace("building index", "building")
    .replace("index validation", "validating");
  const room = columns - 1;
  if (percent === null || isWaiting(progress) || room < MIN_COLUMNS) {
    return shortened(progressLine(progress), room);
  }
  const tail = ` ${String(percent).padStart(3)}% ${state}`;
  const label = shortened(labelOf(progress), Math.max(8, room - tail.length - BAR.least - 3));
  const width = Math.max(
    BAR.least,
    Math.min(BAR.most, room - label.length - tail.length - 3),
  );
  const full = Math.floor(width * percent / 100);
  const bar = `[${style.good("#".repeat(full))}${style.dim(".".repeat(width - full))}]`;
  return `${label} ${bar}${shortened(tail, room - label.length - width - 3)}`;
}

/** The same as a plain line, where nothing can be redrawn. */
export function progressLine(progress: IndexProgressBar): string {
  const { percent } = progress;
  const share = percent === null || isWaiting(progress) ? "" : `, ${percent}%`;
  return `${labelOf(progress)} ${stateText(progress)}${share}`;
}

/** Seconds between two lines about the same phase. */
const LINE_EVERY = 10;

/** Whether enough has changed for a new line, where lines cannot be redrawn. */
export function isWorthALine(
  progress: IndexProgressBar,
  last: IndexProgressBar | undefined,
): boolean {
  return last === undefined || last.phase !== progress.phase || last.index !== progress.index ||
    progress.seconds < last.seconds || progress.seconds - last.seconds >= LINE_EVERY;
}

/** While it waits, its text has the counts. */
function isWaiting({ phase }: IndexProgressBar): boolean {
  return phase.startsWith("waiting");
}

function labelOf({ database, index }: IndexProgressBar): string {
  return escapeControls(`${database}: ${index ?? "index"}`);
}

function stateText(progress: IndexProgressBar): string {
  const { phase, lockersDone, lockersTotal, locker } = progress;
  if (lockersTotal === 0 || !isWaiting(progress)) return escapeControls(phase);
  const which = `${Math.min(lockersDone + 1, lockersTotal)} of ${lockersTotal}`;
  return `${phase} (${which}${locker === null ? "" : `, pid ${locker}`})`;
}

function shortened(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`;
}

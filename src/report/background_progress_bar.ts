// Pure.
/**
 * Shows the progress of a batched migration, as a bar or as a line.
 *
 * @module
 */

import { formatNumber, formatRate } from "../format/count.ts";
import { formatAge } from "../format/elapsed_time.ts";
import { progressOf, secondsLeft } from "../background/status/progress.ts";
import type { ProgressSnapshot } from "../background/status/progress_snapshot.ts";
import { escapeControls } from "../format/escape_controls.ts";
import type { Style } from "./style.ts";

/** What the bar shows. */
export interface BackgroundProgress {
  readonly label: string;
  /** From 0 to 1; undefined when unknown. */
  readonly share: number | undefined;
  /** The rate and the time left, or why there is no progress. */
  readonly text: string;
}

/** The bar's least and most columns. */
const BAR = { least: 8, most: 24 };

/** Builds it from a progress snapshot. */
export function backgroundProgressOf(
  database: string,
  snapshot: ProgressSnapshot,
): BackgroundProgress {
  return {
    label: escapeControls(`${database}: ${snapshot.name}`),
    share: progressOf(snapshot),
    text: escapeControls(speedText(snapshot)),
  };
}

function speedText(snapshot: ProgressSnapshot): string {
  const { status, held, slowed, done, rate, jobs, failure } = snapshot;
  if (status === "failed") return `failed: ${failure ?? "see background failures"}`;
  if (status !== "active" && status !== "finalizing") return status;
  if (held !== undefined) return `held: ${held.reason}`;
  const left = secondsLeft(snapshot);
  const words = [
    ...(snapshot.total === undefined ? [`${formatNumber(done)} rows`] : []),
    ...(jobs.running > 0 && rate !== undefined ? [formatRate(rate)] : []),
    ...(jobs.running > 0 && left ? [`${formatAge(left)} left`] : []),
    ...(slowed === undefined ? [] : [`slowed: ${slowed}`]),
  ];
  return words.join(", ") || (jobs.running > 0 ? "working" : "waiting for a worker");
}

/**
 * One line shorter than so many columns: `shop: counted [######....]  42 % 12.3k/s, 4 min left`.
 */
export function backgroundProgressBar(
  { label, share, text }: BackgroundProgress,
  { columns, style }: { readonly columns: number; readonly style: Style },
): string {
  const room = columns - 1;
  const percent = share === undefined ? "" : `${Math.floor(share * 100)} %`.padStart(5);
  const width = Math.min(BAR.most, Math.max(BAR.least, Math.floor(room / 4)));
  // Shorten a long name before the text, which says what is wrong.
  const least = Math.min(label.length, Math.max(12, Math.floor(room / 3)));
  const tail = shortened(` ${percent} ${text}`.trimEnd(), room - least - width - 3);
  const name = shortened(label, room - width - 3 - tail.length);
  return `${name} ${bar(share ?? 0, { width, style })}${tail}`;
}

/** `[######....]` */
export function bar(
  share: number,
  { width, style }: { readonly width: number; readonly style: Style },
): string {
  const full = Math.floor(width * share);
  return `[${style.good("#".repeat(full))}${style.dim(".".repeat(width - full))}]`;
}

/** The same as a plain line, where nothing can be redrawn. */
export function backgroundProgressLine({ label, share, text }: BackgroundProgress): string {
  const percent = share === undefined ? "" : `${Math.floor(share * 100)} %`;
  return [`${label}:`, percent, text].filter((word) => word !== "").join(" ");
}

function shortened(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`;
}

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

/** What is drawn. */
export interface BackgroundProgress {
  readonly label: string;
  /** From 0 to 1; undefined: nobody knows. */
  readonly share: number | undefined;
  /** How fast, how long still, or why not. */
  readonly text: string;
}

/** Columns of the bar itself, at the least and at the most. */
const BAR = { least: 8, most: 24 };

/** A batched migration's. */
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

/** One line of less than so many columns: `shop: counted [######....]  42 % 12.3k/s, 4 min left`. */
export function backgroundProgressBar(
  { label, share, text }: BackgroundProgress,
  { columns, style }: { readonly columns: number; readonly style: Style },
): string {
  const room = columns - 1;
  const percent = share === undefined ? "" : `${Math.floor(share * 100)} %`.padStart(5);
  const width = Math.min(BAR.most, Math.max(BAR.least, Math.floor(room / 4)));
  // What is wrong is worth more than the rest of a long name.
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

/** The same where nothing can be redrawn. */
export function backgroundProgressLine({ label, share, text }: BackgroundProgress): string {
  const percent = share === undefined ? "" : `${Math.floor(share * 100)} %`;
  return [`${label}:`, percent, text].filter((word) => word !== "").join(" ");
}

function shortened(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`;
}

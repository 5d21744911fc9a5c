// Pure.
/**
 * Facts about batched migrations as short texts, for terminals and pages.
 *
 * @module
 */

import type { ChangedSetting } from "../background/control/changeable_settings.ts";
import type { ProgressSnapshot } from "../background/status/progress_snapshot.ts";
import type { Cursor } from "../background/strategy/strategy.ts";
import { formatTimestamp } from "../format/elapsed_time.ts";

/** `paused by ada@desk: sale until Monday`. */
export function pauseText({ who, reason }: NonNullable<ProgressSnapshot["paused"]>): string {
  return `paused by ${who}${reason === undefined ? "" : `: ${reason}`}`;
}

/** `held until 2026-03-01 14:05:09Z: replica lag is 45 s`. */
export function holdText({ reason, until }: NonNullable<ProgressSnapshot["held"]>): string {
  return until === undefined
    ? `held: ${reason}`
    : `held until ${formatTimestamp(until)}: ${reason}`;
}

/** `pause_ms 100 -> 1000, max_workers none -> 2`, from an event's details. */
export function settingsText(details: unknown): string {
  const changes = Object.entries(details as Readonly<Record<string, SettingChange>>);
  return changes.map(([name, { from, to }]) => settingText({ name, from, to })).join(", ");
}

type SettingChange = Pick<ChangedSetting, "from" | "to">;

/** `pause_ms 100 -> 1000`. */
export function settingText(
  { name, from, to }: SettingChange & { readonly name: string },
): string {
  return `${settingName(name)} ${from} -> ${to}`;
}

/** The name of its column: `pause_ms`. */
export function settingName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `7`, or `(7, a)` for several columns. */
export function keyText(cursor: Cursor | undefined): string {
  if (cursor === undefined) return "the first";
  return cursor.length === 1 ? cursor[0]! : `(${cursor.join(", ")})`;
}

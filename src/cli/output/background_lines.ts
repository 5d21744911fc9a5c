// Pure.
/**
 * Progress snapshots of batched migrations, as lines for people.
 *
 * @module
 */

import { formatCount, formatRate } from "../../format/count.ts";
import { formatAge } from "../../format/elapsed_time.ts";
import { secondsLeft } from "../../background/status/progress.ts";
import { isUnfinished } from "../../background/state/state_machine.ts";
import { waitsBehind } from "../../background/status/waits_behind.ts";
import { percentText } from "../../background/status/progress_text.ts";
import type { ProgressSnapshot } from "../../background/status/progress_snapshot.ts";
import type { BatchedMigrationStatus } from "../../background/state/state_machine.ts";
import { holdText, pauseText } from "../../report/batched_text.ts";
import type { Style } from "../../report/style.ts";
import { wrap } from "./wrap.ts";

/** The most columns of a line. */
const WIDTH = 80;

/** Columns before the name, including the indent of two. */
const BEFORE_NAME = 48;

/**
 * A line for each migration: id, state, share, rate, time left, name; below it the reason why it
 * does not progress. Lines have at most 80 columns, unless a name is longer.
 */
export function backgroundLines(
  snapshots: readonly ProgressSnapshot[],
  style: Style,
): readonly string[] {
  const several = ambiguousNames(snapshots);
  return snapshots.flatMap((snapshot) => {
    const { id, status, rate, jobs } = snapshot;
    const left = secondsLeft(snapshot);
    const isMoving = jobs.running > 0;
    const columns = [
      id.padStart(4),
      paintState(status, style)(status.padEnd(10)),
      (percentText(snapshot) ?? "").padStart(5),
      (isMoving && rate !== undefined ? formatRate(rate) : "").padStart(8),
      (isMoving && left ? `${formatAge(left)} left` : "").padStart(11),
    ];
    const label = labelOf(snapshot, several.has(snapshot.name));
    const head = `  ${columns.join("  ")}`;
    const remarks = remarksOf(snapshot, { before: waitsBehind(snapshot, snapshots), style });
    return BEFORE_NAME + 2 + label.length <= WIDTH
      ? [`${head}  ${label}`, ...remarks]
      : [head.trimEnd(), `        ${label}`, ...remarks];
  });
}

/** Names that several migrations share. */
function ambiguousNames(snapshots: readonly ProgressSnapshot[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const { name } of snapshots) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count > 1).map(([name]) => name));
}

/** The name, with the arguments that distinguish it from others of the same name. */
function labelOf(
  { name, generation, direction, arguments: given }: ProgressSnapshot,
  isOneOfSeveral: boolean,
): string {
  const words = [
    ...(Object.keys(given).length > 0 && isOneOfSeveral ? [JSON.stringify(given)] : []),
    ...(generation > 1 || isOneOfSeveral ? [`(generation ${generation})`] : []),
    ...(direction === "down" ? ["(on its way back)"] : []),
  ];
  return [name, ...words].join(" ");
}

function remarksOf(
  { status, paused, held, slowed, failure, quarantined, jobs, supersededBy }: ProgressSnapshot,
  { before, style }: { readonly before: ProgressSnapshot | undefined; readonly style: Style },
): readonly string[] {
  const lines: string[] = [];
  const add = (text: string, paint: (text: string) => string) =>
    lines.push(...wrap("        ", text).map(paint));
  if (paused) add(pauseText(paused), style.caution);
  if (before) add(`waits behind ${before.name} (${before.id}) on the same table`, style.dim);
  if (held && isUnfinished(status)) add(holdText(held), style.caution);
  if (slowed !== undefined) add(`slowed: ${slowed}`, style.caution);
  if (status === "failed" && failure !== undefined) add(failure, style.bad);
  if (jobs.failed > 0 && status !== "failed") {
    add(`${formatCount(jobs.failed, "batch", "batches")} failed`, style.caution);
  }
  if (quarantined > 0) {
    add(`${formatCount(quarantined, "row")} put aside`, style.caution);
  }
  if (supersededBy !== undefined) add(`replaced by ${supersededBy}`, style.dim);
  return lines;
}

/** The colour of a state. */
export function paintState(status: BatchedMigrationStatus, style: Style): (text: string) => string {
  switch (status) {
    case "finished":
    case "finalized":
      return style.good;
    case "failed":
      return style.bad;
    case "deleted":
      return style.dim;
    case "paused":
    case "active":
    case "finalizing":
      return style.caution;
  }
}

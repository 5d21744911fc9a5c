// Pure.
/**
 * All details of one batched migration, as lines for people.
 *
 * @module
 */

import { formatTimestamp } from "../../format/elapsed_time.ts";
import { formatNumber, formatRate } from "../../format/count.ts";
import { progressOf } from "../../background/status/progress.ts";
import { describeProgress } from "../../background/status/progress_text.ts";
import type {
  BatchInWork,
  MigrationDetails,
  PastEvent,
} from "../../background/status/read_details.ts";
import type { UnreadableArchive } from "../../background/janitor/read_archive.ts";
import type { FailedSubBatch } from "../../background/status/read_failures.ts";
import type { QuarantinedRow } from "../../background/status/read_quarantine.ts";
import type { ProgressSnapshot } from "../../background/status/progress_snapshot.ts";
import { STRATEGIES } from "../../definition/batched/batched_migration.ts";
import { formatDuration } from "../../format/duration.ts";
import { bar } from "../../report/background_progress_bar.ts";
import type { Style } from "../../report/style.ts";
import { holdText, keyText, pauseText, settingsText } from "../../report/batched_text.ts";
import { paintState } from "./background_lines.ts";
import { isUnfinished } from "../../background/state/state_machine.ts";
import { wrap } from "./wrap.ts";

/** The details to show. */
export interface ShownMigration extends MigrationDetails {
  readonly database: string;
  readonly server: string;
  readonly snapshot: ProgressSnapshot;
  readonly failures: readonly FailedSubBatch[];
  /** Archives that could not be read, and may hold further failures. */
  readonly unreadable: readonly UnreadableArchive[];
  readonly quarantine: readonly QuarantinedRow[];
}

const BAR_WIDTH = 40;

/** Lines of at most 80 columns, unless a word is longer. */
export function showLines(shownMigration: ShownMigration, style: Style): readonly string[] {
  const { database, server, snapshot } = shownMigration;
  const title = `${style.bold(snapshot.name)} (${snapshot.id}) of ${database} on ${server}`;
  return [
    title,
    ...facts(shownMigration, style).flatMap(([label, text]) =>
      text === undefined ? [] : wrap(`  ${label.padEnd(10)}  `, text)
    ),
    ...section("worked on by", shownMigration.inWork.map((batch) => workLine(batch, style)), style),
    ...section("put aside", shownMigration.quarantine.slice(0, 5).map(quarantinedLine), style),
    ...section("last refusals", [
      ...shownMigration.failures.map((one) => failureLine(one, style)),
      ...shownMigration.unreadable.map(unreadableArchiveLine),
    ], style),
    ...section("what happened", shownMigration.events.toReversed().map(eventLines), style),
  ];
}

function facts(
  { snapshot, migration }: ShownMigration,
  style: Style,
): readonly (readonly [string, string | undefined])[] {
  const { status, paused, held, slowed, jobs, failure, rate } = snapshot;
  const share = progressOf(snapshot);
  const isOpen = isUnfinished(status);
  return [
    ["state", stateText(snapshot, style)],
    ["", status === "failed" ? failure : undefined],
    ["paused", paused && style.caution(pauseText(paused).replace(/^paused /, ""))],
    ["hold", held && isOpen ? style.caution(holdText(held)) : undefined],
    ["slowed", slowed !== undefined ? style.caution(slowed) : undefined],
    ["done", `${bar(share ?? 0, { width: BAR_WIDTH, style })} ${describeProgress(snapshot)}`],
    ["", countText(snapshot)],
    ["rate", isOpen && rate !== undefined ? `${formatRate(rate)} (last 5 minutes)` : undefined],
    ["arguments", given(snapshot.arguments)],
    ["table", tableText(snapshot, migration)],
    ["keys", keysText(migration)],
    ["sizes", sizesText(snapshot, migration)],
    ["limits", limitsText(migration)],
    [
      "batches",
      `${jobs.succeeded} succeeded, ${jobs.running} running, ${jobs.pending} waiting, ` +
      `${jobs.failed} failed`,
    ],
    ...archiveFacts(snapshot.archives),
  ];
}

/** The newest archives, and the number of older ones. */
function archiveFacts(
  archives: ProgressSnapshot["archives"],
): readonly (readonly [string, string])[] {
  const shown = archives.slice(-3).map(({ jobs, place }): readonly [string, string] => [
    "folded",
    `${formatNumber(jobs)} batches, their log ${place === undefined ? "not kept" : `in ${place}`}`,
  ]);
  const others = archives.length - shown.length;
  return others > 0 ? [["folded", `${others} times before`], ...shown] : shown;
}

function stateText(snapshot: ProgressSnapshot, style: Style): string {
  const { status, queuedBy, createdAt, finishedAt, verifiedAt, generation } = snapshot;
  const words = [
    paintState(status, style)(status) + (snapshot.direction === "down" ? ", on its way back" : ""),
    `queued ${queuedBy === undefined ? "by hand" : `by ${queuedBy}`} ${formatTimestamp(createdAt)}`,
    ...(finishedAt === undefined ? [] : [`finished ${formatTimestamp(finishedAt)}`]),
    ...(verifiedAt === undefined ? [] : [`verified ${formatTimestamp(verifiedAt)}`]),
    ...(generation > 1 ? [`generation ${generation}`] : []),
    ...(snapshot.supersededBy === undefined ? [] : [`replaced by ${snapshot.supersededBy}`]),
  ];
  return words.join("; ");
}

function countText({ done, total, affected }: ProgressSnapshot): string {
  const whole = total === undefined ? "" : ` of about ${formatNumber(total)}`;
  return `${formatNumber(done)}${whole} rows looked at, ${formatNumber(affected)} changed`;
}

function given(value: ProgressSnapshot["arguments"]): string | undefined {
  return Object.keys(value).length === 0 ? undefined : JSON.stringify(value);
}

function tableText(
  { table }: ProgressSnapshot,
  { declaration, scanPlan }: MigrationDetails["migration"],
): string {
  const { strategy } = declaration;
  const key = scanPlan?.key.map(({ name }) => name).join(", ") ?? declaration.key.join(", ");
  const how = strategy === "custom" ? "a strategy of its own" : STRATEGIES[strategy];
  return `${table}${key === "" ? "" : ` by ${key}`} (${how}` +
    `${scanPlan?.index === undefined ? "" : `, index ${scanPlan.index}`})`;
}

function keysText({ scanPlan, position, segment, sweep }: MigrationDetails["migration"]): string {
  if (scanPlan === undefined) return "not begun";
  const part = scanPlan.segments.length > 1
    ? `, ${
      Math.min(segment + 1, scanPlan.segments.length)
    } of ${scanPlan.segments.length} partitions`
    : "";
  const again = sweep > 0 ? `; walk ${sweep + 1} over the table` : "";
  if (segment >= scanPlan.segments.length) return `all handed out${again}`;
  return position === undefined
    ? `nothing handed out${part}${again}`
    : `handed out up to ${keyText(position.after)} of ${keyText(position.until)}${part}${again}`;
}

function sizesText(
  snapshot: ProgressSnapshot,
  { declaration }: MigrationDetails["migration"],
): string {
  const { batchSize, subBatchSize, pauseMs, interval } = snapshot;
  return `batches of ${formatNumber(batchSize)}; transactions of ${formatNumber(subBatchSize)} ` +
    `(meant to take ${formatDuration(declaration.targetMs)}), ${
      formatDuration(pauseMs)
    } between them` +
    (interval > 0 ? `; a batch every ${formatDuration(1_000 * interval)}` : "");
}

function limitsText(
  { maxBatchSize, maxSubBatchSize, maxWorkers, declaration }: MigrationDetails["migration"],
): string {
  const { maxAttempts, maxQuarantined, statementTimeout, lockTimeout } = declaration;
  const most = [
    ...(maxBatchSize === undefined ? [] : [`batches of ${formatNumber(maxBatchSize)}`]),
    ...(maxSubBatchSize === undefined ? [] : [`transactions of ${formatNumber(maxSubBatchSize)}`]),
    ...(maxWorkers === undefined ? [] : [`${maxWorkers} workers`]),
    `${maxAttempts} attempts`,
    `${maxQuarantined} rows aside`,
    `${formatDuration(statementTimeout)} a statement`,
    `${formatDuration(lockTimeout)} for a lock`,
  ];
  return `at most ${most.join(", ")}`;
}

/** One line per entry; remarks follow on lines of their own. */
function section(
  title: string,
  items: readonly (string | readonly string[])[],
  style: Style,
): readonly string[] {
  return items.length === 0 ? [] : [
    `  ${style.bold(title)}`,
    ...items.flatMap((item) => {
      const [line = "", ...remarks] = typeof item === "string" ? [item] : item;
      return [...wrap("    ", line), ...remarks.flatMap((remark) => wrap("      ", remark))];
    }),
  ];
}

function workLine(
  { id, worker, startedAt, cursor, until, isAbandoned }: BatchInWork,
  style: Style,
): string {
  const at = cursor === undefined
    ? `up to ${keyText(until)}`
    : `at ${keyText(cursor)} of ${keyText(until)}`;
  const lost = isAbandoned ? style.caution("; not heard of, another worker takes it") : "";
  return `${worker}  batch ${id} since ${formatTimestamp(startedAt)}, ${at}${lost}`;
}

function quarantinedLine({ id, until, exceptionClass, exceptionMessage }: QuarantinedRow): string {
  return `${id}  key ${keyText(until)}: ${exceptionClass}: ${exceptionMessage}`;
}

/** `<when>  batch 7, keys 12 to 15: CheckViolation: …`, with its outcome. */
export function failureLine(failure: FailedSubBatch, style: Style): string {
  const { at, job, exceptionClass, exceptionMessage, jobStatus } = failure;
  const since = jobStatus === "succeeded" ? style.good(" (batch done since)") : "";
  return `${formatTimestamp(at)}  batch ${job}${rangeText(failure)}: ${exceptionClass}: ` +
    `${exceptionMessage}${since}`;
}

/** Which failures cannot be shown, and what to do. */
export function unreadableArchiveLine(
  { archive: { failures, place, name }, why }: UnreadableArchive,
): string {
  switch (why) {
    case "not-kept":
      return `${failures} more, whose log was not kept (--no-archive)`;
    case "not-here":
      return `${failures} more in ${place}: bring ${name} here, and name its directory: ` +
        "--archive DIR";
    case "not-the-same":
      return `${failures} more in ${place}, which is not what was written: its SHA-256 differs`;
  }
}

function rangeText({ after, until }: Pick<FailedSubBatch, "after" | "until">): string {
  if (until === undefined) return "";
  return after === undefined
    ? `, keys up to ${keyText(until)}`
    : `, keys after ${keyText(after)} up to ${keyText(until)}`;
}

/** One line, and one for each remark. */
function eventLines({ at, event, from, to, who, reason, details }: PastEvent): readonly string[] {
  const change = to === undefined || from === to ? event : `${event} (${to})`;
  return [
    `${formatTimestamp(at)}  ${change} by ${who}`,
    ...(event === "set" ? [settingsText(details)] : []),
    ...(reason === undefined ? [] : [reason]),
  ];
}

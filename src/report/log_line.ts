// Pure.
/**
 * Formats events as log lines.
 *
 * @module
 */

import type { ReportedEvent } from "./background_text.ts";
import { toJson, withSnakeCase } from "./json_record.ts";
import type { JsonRecord } from "./json_object.ts";
import type { LogLevel } from "./verbosity.ts";

const ORDER: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Events that report a problem. */
const TROUBLE = new Set([
  "retrying",
  "blocked",
  "awaiting-standby",
  "waiting",
  "connecting",
  "not-ready",
  "held",
  "slowed",
  "indicator-unreadable",
  "quarantined",
  "passed-over",
  "reconnecting",
]);

/** The log level of an event. */
export function levelOf(event: ReportedEvent): LogLevel {
  const { type } = event;
  if (type === "sub-batch") return "debug";
  if (type === "silent") return event.isReachable ? "info" : "warn";
  if (type === "finding") return event.level === "warn" ? "debug" : "warn";
  if (type === "notice") return event.severity === "WARNING" ? "warn" : "info";
  const hasFailed = type === "step-failed" || "newState" in event && event.newState === "failed";
  return hasFailed ? "error" : TROUBLE.has(type) ? "warn" : "info";
}

/** Whether a level is at least as important as another. */
export function isReported(level: LogLevel, least: LogLevel): boolean {
  return ORDER.indexOf(level) >= ORDER.indexOf(least);
}

/**
 * A JSON line that begins with `time`, `level` and `event`; the other fields are those of `--json`.
 *
 * @param at.now Milliseconds since the epoch.
 */
export function logLine(
  record: JsonRecord,
  { level, now }: { readonly level: LogLevel; readonly now: number },
): string {
  const time = new Date(now).toISOString();
  return `${toJson({ time, level, ...withSnakeCase(record) })}\n`;
}

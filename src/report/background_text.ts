// Pure.
/**
 * Events of batched migrations, as lines for people and as records for programs.
 *
 * Records of transitions use GitLab's field names, so that log queries written for GitLab match
 * them.
 *
 * @module
 */

import type { BackgroundEvent } from "../background/state/event.ts";
import type { RunEvent } from "../runner/context/event.ts";
import { formatCount } from "../format/count.ts";
import { paragraph } from "../format/escape_controls.ts";
import type { JsonRecord } from "./json_object.ts";
import type { Style } from "./style.ts";

const TYPES: Readonly<Record<BackgroundEvent["type"], true>> = {
  "job-transition": true,
  "migration-transition": true,
  "sub-batch": true,
  "held": true,
  "slowed": true,
  "indicator-unreadable": true,
  "resized": true,
  "quarantined": true,
  "waiting-for-writers": true,
  "passed-over": true,
  "job-log": true,
  "finding": true,
  "lease-lost": true,
  "archived": true,
  "reconnecting": true,
};

/** Every event that is reported while it happens. */
export type ReportedEvent = RunEvent | BackgroundEvent;

/** Whether an event comes from background work. */
export function isBackground(event: ReportedEvent): event is BackgroundEvent {
  return event.type in TYPES;
}

/** The event as a record for programs. */
export function backgroundRecord(event: BackgroundEvent): JsonRecord {
  const { type, database, ...rest } = event;
  const { name, id, job, milliseconds, ...fields } = rest as {
    readonly name?: string;
    readonly id?: string;
    readonly job?: string;
    readonly milliseconds?: number;
  };
  return {
    event: type,
    database,
    ...(id === undefined ? {} : { batchedBackgroundMigrationId: id }),
    ...(name === undefined ? {} : { jobClassName: name }),
    ...(job === undefined ? {} : { batchedBackgroundMigrationJobId: job }),
    ...fields,
    ...(milliseconds === undefined ? {} : { milliseconds: Math.round(milliseconds) }),
  };
}

/** The event as lines for people; undefined for events that happen every second. */
export function backgroundLines(
  event: BackgroundEvent,
  style: Style,
): readonly string[] | undefined {
  if (event.type === "finding") {
    return event.level === "warn" ? undefined : [
      ...paragraph(
        `${style.caution("warning:")} ${event.database}: ${event.name}: ${event.message}`,
      ),
      `  ${style.dim("next:")} ${event.hint}`,
    ];
  }
  const text = textOf(event, style);
  return text === undefined ? undefined : paragraph(text);
}

function textOf(
  event: Exclude<BackgroundEvent, { readonly type: "finding" }>,
  style: Style,
): string | undefined {
  const { database } = event;
  const label = "name" in event ? `${database}: ${event.name}` : database;
  switch (event.type) {
    case "job-transition":
      return event.newState === "failed" && event.isNarrowed !== true
        ? `${label} ${style.bad("failed")} in batch ${event.job}: ` +
          `${event.exceptionClass}: ${event.exceptionMessage}`
        : undefined;
    case "migration-transition": {
      const { newState, reason } = event;
      const paint = newState === "failed" ? style.bad : style.good;
      return `${label} ${
        event.event === "sweep"
          ? "goes on"
          : newState === "failed"
          ? `has ${paint(newState)}`
          : `is ${paint(newState)}`
      }` +
        `${reason === undefined ? "" : `: ${reason}`}`;
    }
    case "sub-batch":
      return undefined;
    case "held": {
      const seconds = Math.round(event.holdFor / 1_000);
      const text = `${label} is held for ${seconds} s: ${event.reason}`;
      return event.isOverdue ? `${style.bad("held too long:")} ${text}` : style.caution(text);
    }
    case "slowed":
      return style.caution(`${label} goes slowly: ${event.reason}`);
    case "indicator-unreadable":
      return style.caution(`${label} is not held back by its own indicator: ${event.reason}`);
    case "resized":
      return undefined;
    case "quarantined":
      return style.caution(
        `${label}: the row with key ${event.key.join(", ")} is put aside: ` +
          `${event.exceptionClass}: ${event.exceptionMessage}`,
      );
    case "waiting-for-writers":
      return style.caution(
        `${label} begins when ${formatCount(event.transactions, "transaction")} that ` +
          `${event.transactions === 1 ? "is writing has" : "are writing have"} ended`,
      );
    case "lease-lost":
      return style.caution(
        `${label}: worker ${event.worker} was taken for dead; batch ${event.job} is another's`,
      );
    case "archived":
      return `${label}: ${event.jobs} batches are folded, their log is ` +
        (event.place === undefined ? "not kept" : `in ${event.place}`);
    case "passed-over":
      return style.caution(`${label} is passed over: ${event.reason}`);
    case "job-log":
      return `${label}: ${event.message}`;
    case "reconnecting":
      return style.caution(
        `${label}: worker ${event.worker} tries again in ${event.inMs} ms: ${event.reason}`,
      );
  }
}

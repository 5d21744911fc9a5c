// Pure.
/**
 * Events of a run, as lines for people.
 *
 * @module
 */

import { formatElapsed } from "../format/elapsed_time.ts";
import type { AnsweredQuery } from "../connection/session/session.ts";
import { type Failure, formatPlace } from "../failure.ts";
import type { StoredError } from "../history/history.ts";
import { type Blocker, blockerLines } from "../runner/context/blocker.ts";
import type { InheritedSetting } from "../runner/context/inherited_settings.ts";
import type { IndexEvent, ResumeEvent, RunEvent, StepLabel } from "../runner/context/event.ts";
import { backgroundLines, isBackground, type ReportedEvent } from "./background_text.ts";
import { eventRecord, queryRecord, toJson } from "./json_record.ts";
import { paragraph } from "../format/escape_controls.ts";
import type { Style } from "./style.ts";

/** `error[code]: message`, then the place and the next command. */
export function failureLines(failure: Failure, style: Style): readonly string[] {
  const lines = [...paragraph(`${style.bad(`error[${failure.code}]:`)} ${failure.message}`)];
  const { place, hint } = failure;
  if (place && !failure.message.includes(formatPlace(place))) {
    lines.push(`  ${style.dim("at")} ${formatPlace(place)}`);
  }
  if (hint) lines.push(`  ${style.dim("next:")} ${hint}`);
  return lines;
}

/** `up.sql:3:7: message (SQLSTATE 42601)`. */
export function errorText({ file, line, column, message, sqlstate }: StoredError): string {
  const place = file === undefined ? "" : `${
    formatPlace({
      file,
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    })
  }: `;
  return `${place}${message}${sqlstate ? ` (SQLSTATE ${sqlstate})` : ""}`;
}

const INDEX_NEWS: Readonly<Record<IndexEvent, string>> = {
  "name-taken": "was not built: IF NOT EXISTS, and something else has that name",
  "already-valid": "is there already, valid and as wanted",
  "built-by-another-session": "is being built by another session; waiting for it",
  "dropping-invalid": "is invalid, left by a build that was cut off; dropping it to build it anew",
};

const RESUME_NEWS: Readonly<Record<ResumeEvent, string>> = {
  "still-running": "is still being worked on by an earlier run's statement; waiting for it",
  "already-gone": "is gone already, by the run that was cut off",
  "dropping-again": "is half dropped, by a run that was cut off; dropping it again",
  "already-detached": "is detached already, by the run that was cut off",
  "finishing-detach": "is half detached; finishing it with FINALIZE",
  "dropping-leftover": "was left by a REINDEX that was cut off; dropping it",
};

/** One or more lines; undefined for events at debug level. */
export function eventLines(event: ReportedEvent, style: Style): readonly string[] | undefined {
  if (isBackground(event)) return backgroundLines(event, style);
  const text = eventText(event, style);
  if (text === undefined) return undefined;
  const detail = event.type === "retrying" && event.detail ? event.detail.split("\n") : [];
  const blockers = event.type === "retrying" || event.type === "blocked" ? event.blockers : [];
  return [
    ...paragraph(text),
    ...detail.map((line) => `  | ${style.dim(line)}`),
    ...inTheWay(blockers, style),
  ];
}

function eventText(event: RunEvent, style: Style): string | undefined {
  const { database } = event;
  switch (event.type) {
    case "planned":
      return event.steps === 0
        ? undefined
        : style.dim(`${database}: ${event.steps} to run on ${event.server}`);
    case "inherited":
      return style.dim(`${database}: ${inheritedText(event)}`);
    case "connecting":
      return style.caution(`${database}: still trying to connect: ${event.why}`);
    case "not-ready":
      return style.caution(`${database}: waiting: ${event.why}`);
    case "waiting": {
      const { holder } = event;
      const who = holder
        ? `${holder.application}, pid ${holder.pid}, from ${holder.host}, since ${holder.since}`
        : "another runner";
      const awaits = holder?.awaits === "standby"
        ? ", whose commit waits for a standby to confirm it"
        : "";
      return style.caution(`${database}: waiting for the migration lock, held by ${who}${awaits}`);
    }
    case "started":
      return undefined;
    case "recorded":
      return `${database} ${countText(event)} ${style.good("hand")} ${stepText(event.step)} ` +
        style.dim("recorded, not run");
    case "applied": {
      const { step, milliseconds } = event;
      return `${database} ${countText(event)} ${style.good(step.direction.padEnd(4))} ` +
        `${stepText(step)} ${style.dim(formatElapsed(milliseconds))}`;
    }
    case "step-failed":
      return `${database} ${style.bad("failed")} ${event.step.direction} ${stepText(event.step)}`;
    case "retrying":
      return style.caution(
        `${database}: ${stepText(event.step)} is tried again in ${
          event.seconds.toFixed(1)
        } s: ${event.why}`,
      );
    case "blocked":
      return style.caution(`${database}: ${stepText(event.step)} has waited ${event.seconds} s`);
    case "silent":
      return event.isReachable
        ? style.dim(`${database}: no answer for ${event.seconds} s; the server can be reached`)
        : style.caution(
          `${database}: no answer for ${event.seconds} s, nor to the connection that holds the lock`,
        );
    case "awaiting-standby":
      return style.caution(
        `${database}: a commit has waited ${event.seconds} s for a standby to confirm it ` +
          "(synchronous_standby_names)",
      );
    case "index":
      return style.dim(`${database}: index ${event.index} ${INDEX_NEWS[event.what]}`);
    case "progress":
      return undefined;
    case "resuming":
      return style.dim(`${database}: ${event.object} ${RESUME_NEWS[event.what]}`);
    case "notice":
      return event.severity === "WARNING"
        ? `${style.caution("warning:")} ${stepText(event.step)}: ${event.message}`
        : undefined;
    case "readers": {
      const who = event.roles.map((role) => `"${role}"`).join(", ");
      return event.refused === null
        ? style.dim(`${database}: ${who} may read its history now`)
        : style.caution(`${database}: ${who} may not read its history: ${event.refused}`);
    }
    case "durable":
      return undefined;
  }
}

/** The text of events at debug level. */
export function debugText(event: ReportedEvent): string {
  const { event: type, database, ...fields } = eventRecord(event);
  return `${database}: ${type} ${toJson(fields)}`;
}

/** `query 1.234 ms migrator shop: SELECT ?` */
export function queryText(query: AnsweredQuery): string {
  const { milliseconds, application, sqlstate, sql } = queryRecord(query);
  return `query ${milliseconds} ms ${application}: ${sqlstate ? `(${sqlstate}) ` : ""}${sql}`;
}

function inTheWay(blockers: readonly Blocker[], style: Style): readonly string[] {
  return blockerLines(blockers).map((line, index) =>
    `  ${style.dim(`${index === 0 ? "for" : "   "} ${line}`)}`
  );
}

const WHOSE: Readonly<Record<string, string>> = {
  "database user": "the role's, in this database,",
  user: "the role's",
  database: "the database's",
  client: "the connection's",
  other: "the inherited",
};

function inheritedText({ name, value, source, applies }: InheritedSetting): string {
  const setting = `${WHOSE[source] ?? "the server's"} ${name} = ${value}`;
  if (applies) return `${setting} applies to migrations, too`;
  return `${setting} does not apply to migrations` +
    (name === "default_transaction_isolation" ? ", which are READ COMMITTED" : "");
}

function countText({ number, of }: { readonly number: number; readonly of: number }): string {
  return `${String(number).padStart(String(of).length)}/${of}`;
}

function stepText({ version, name }: StepLabel): string {
  return name ? `${version} ${name}` : String(version);
}

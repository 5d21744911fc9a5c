// Pure.
/**
 * One batched migration in detail: progress, workers, failures with their SQL, quarantine, events.
 *
 * @module
 */

import type { BatchInWork, PastEvent } from "../../background/status/read_details.ts";
import type { QuarantinedRow } from "../../background/status/read_quarantine.ts";
import { STRATEGIES } from "../../definition/batched/batched_migration.ts";
import { formatDuration } from "../../format/duration.ts";
import { formatNumber } from "../../format/count.ts";
import { keyText, settingsText } from "../../report/batched_text.ts";
import { type Html, html } from "../html.ts";
import type { BatchedView, FailureView } from "../page_state.ts";
import { factList, preformatted, prose, stateBadge, table, timeOf } from "../texts.ts";
import { batchCounts, obstacles, progressBar } from "./batched_panel.ts";

/** Everything about it but the forms. */
export function batchedDetailPanel(view: BatchedView): Html {
  const { snapshot, waitsFor, inWork, failures, failureCount, quarantine, events } = view;
  return html`<p>${stateBadge(snapshot.status)} ${
    snapshot.direction === "down" ? "on its way back" : ""
  }</p>
${progressBar(snapshot)}
${obstacles(snapshot, waitsFor).map((line) => html`<p class="obstacle">${line}</p>`)}
${facts(view)}
<h2>Batches</h2>
${batchCounts(snapshot)}
${inWork.length === 0 ? html`<p>No worker is at work on it.</p>` : workers(inWork)}
<h2>Failures: ${failureCount}</h2>
${failures.map(failureBox)}
<h2>Quarantine: ${quarantine.length}</h2>
${quarantine.length === 0 ? "" : quarantineTable(quarantine)}
<h2>Transitions</h2>
<ol class="events" reversed>${events.map(eventLine)}</ol>`;
}

function facts({ snapshot, migration }: BatchedView): Html {
  const { declaration, scanPlan, sweep } = migration;
  const { strategy, statementTimeout, lockTimeout, maxAttempts, maxQuarantined } = declaration;
  const key = scanPlan?.key.map(({ name }) => name).join(", ");
  const given = Object.keys(snapshot.arguments).length === 0
    ? undefined
    : JSON.stringify(snapshot.arguments);
  return factList([
    [
      "queued",
      html`${timeOf(snapshot.createdAt)} ${
        snapshot.queuedBy === undefined ? "by hand" : `by migration ${snapshot.queuedBy}`
      }`,
    ],
    ["finished", timeOf(snapshot.finishedAt)],
    ["verified", timeOf(snapshot.verifiedAt)],
    ["replaced by", snapshot.supersededBy],
    ["table", `${snapshot.table}${key ? ` by ${key}` : ""}`],
    ["strategy", strategy === "custom" ? "its own" : STRATEGIES[strategy]],
    ["index", scanPlan?.index],
    ["arguments", given],
    ["rows changed", formatNumber(snapshot.affected)],
    ["batches of", formatNumber(snapshot.batchSize)],
    ["transactions of", formatNumber(snapshot.subBatchSize)],
    ["pause", formatDuration(snapshot.pauseMs)],
    [
      "interval",
      snapshot.interval > 0 ? formatDuration(1_000 * snapshot.interval) : undefined,
    ],
    ["workers at most", snapshot.maxWorkers],
    ["attempts at most", maxAttempts],
    ["rows in quarantine at most", maxQuarantined],
    ["limit of a statement", formatDuration(statementTimeout)],
    ["limit of a lock", formatDuration(lockTimeout)],
    ["scans before this one", sweep > 0 ? sweep : undefined],
  ]);
}

function workers(inWork: readonly BatchInWork[]): Html {
  const rows = inWork.map((batch) => [
    batch.worker,
    batch.id,
    timeOf(batch.startedAt),
    batch.cursor === undefined ? "not begun" : keyText(batch.cursor),
    keyText(batch.until),
    batch.isAbandoned ? "not heard of: another worker takes it" : "",
  ]);
  return table("Batches at work", {
    columns: ["worker", "batch", "since", "done up to", "ends at", "remark"],
    rows,
  });
}

function failureBox(failure: FailureView): Html {
  const { id, at, job, exceptionClass, exceptionMessage, jobStatus, after, until, sql } = failure;
  const range = until === undefined
    ? ""
    : ` · keys after ${keyText(after)} up to ${keyText(until)}`;
  return html`
    <details
      id="failure-${id}"><summary>${timeOf(
        at,
      )} · batch ${job}${range} · ${exceptionClass}${jobStatus === "succeeded"
        ? " · done since"
        : ""}</summary>
    <p>${prose(exceptionMessage)}</p>
    ${sql === undefined
      ? html`<p>There is no SQL to try for it.</p>`
      : html`<p>To try it in psql; it ends with ROLLBACK:</p>${
        preformatted(sql, `SQL of ${id}`)
      }`}</details>
  `;
}

function quarantineTable(rows: readonly QuarantinedRow[]): Html {
  return table("Rows in quarantine", {
    columns: ["number", "when", "key", "why"],
    rows: rows.map(({ id, at, until, exceptionClass, exceptionMessage }) => [
      id,
      timeOf(at),
      keyText(until),
      html`${exceptionClass}: ${prose(exceptionMessage)}`,
    ]),
  });
}

function eventLine({ at, event, from, to, who, reason, details }: PastEvent): Html {
  const change = to === undefined || from === to ? event : `${event} (${to})`;
  return html`
    <li>${timeOf(at)} <strong>${change}</strong> by ${who}${event === "set"
      ? html`<br>${settingsText(details)}`
      : ""}${reason === undefined ? "" : html`<br>${prose(reason)}`}</li>
  `;
}

// Pure.
/**
 * The batched migrations of a database as cards: state, progress, and what keeps them.
 *
 * @module
 */

import { progressOf, secondsLeft } from "../../background/status/progress.ts";
import { percentText } from "../../background/status/progress_text.ts";
import type { ProgressSnapshot } from "../../background/status/progress_snapshot.ts";
import { waitsBehind } from "../../background/status/waits_behind.ts";
import { isUnfinished } from "../../background/state/state_machine.ts";
import { formatCount, formatNumber, formatRate } from "../../format/count.ts";
import { formatAge } from "../../format/elapsed_time.ts";
import { holdText, pauseText } from "../../report/batched_text.ts";
import { type Html, html, type HtmlValue } from "../html.ts";
import { batchedPath } from "../paths.ts";
import { factList, prose, stateBadge } from "../texts.ts";

/** Unfinished ones first, as cards; those that are over are folded. */
export function batchedPanel(
  database: string,
  { snapshots, isLinked }: {
    readonly snapshots: readonly ProgressSnapshot[];
    /** Whether each has a page of its own to lead to. */
    readonly isLinked: boolean;
  },
): Html {
  if (snapshots.length === 0) return html`<p>No batched migration was queued.</p>`;
  const card = (snapshot: ProgressSnapshot) =>
    batchedCard(database, { snapshot, before: waitsBehind(snapshot, snapshots), isLinked });
  const open = snapshots.filter(({ status }) => isUnfinished(status));
  const over = snapshots.filter(({ status }) => !isUnfinished(status));
  return html`${open.length === 0 ? html`<p>Nothing is unfinished.</p>` : open.map(card)}
${
    over.length === 0
      ? ""
      : html`<details><summary>Finished: ${over.length}</summary>${over.map(card)}</details>`
  }`;
}

function batchedCard(
  database: string,
  { snapshot, before, isLinked }: {
    readonly snapshot: ProgressSnapshot;
    readonly before: ProgressSnapshot | undefined;
    readonly isLinked: boolean;
  },
): Html {
  const { id, name, generation } = snapshot;
  const title = isLinked ? html`<a href="${batchedPath(database, id)}">${name}</a>` : html`${name}`;
  return html`
    <article
      class="card"><h4>${title} <small>${id}${generation > 1
        ? ` · generation ${generation}`
        : ""}${snapshot.direction === "down" ? " · on its way back" : ""}</small> ${stateBadge(
          snapshot.status,
        )}</h4>
    ${progressBar(snapshot)}
    ${obstacles(snapshot, before).map((line) => html`<p class="obstacle">${line}</p>`)}</article>
  `;
}

/** A bar with its percentage, the rate and the time left in words. */
export function progressBar(snapshot: ProgressSnapshot): Html {
  const { name, rate, jobs, done, total, status } = snapshot;
  const share = progressOf(snapshot);
  const left = secondsLeft(snapshot);
  const isMoving = isUnfinished(status) && jobs.running > 0;
  const words = [
    percentText(snapshot) ?? "share unknown",
    `${formatNumber(done)}${total === undefined ? "" : ` of about ${formatNumber(total)}`} rows`,
    ...(isMoving && rate !== undefined ? [formatRate(rate)] : []),
    ...(isMoving && left ? [`about ${formatAge(left)} left`] : []),
  ];
  return html`<div class="progress">${
    share === undefined
      ? ""
      : html`<progress max="100" value="${
        Math.floor(share * 100)
      }" aria-label="Progress of ${name}"></progress>`
  }<span>${words.join(" · ")}</span></div>`;
}

/** What keeps it from going on, or at full speed. */
export function obstacles(
  { status, paused, held, slowed, failure, quarantined, jobs }: ProgressSnapshot,
  before: ProgressSnapshot | undefined,
): readonly HtmlValue[] {
  return [
    ...(paused ? [prose(pauseText(paused))] : []),
    ...(before ? [`waits behind ${before.name} (${before.id}) on the same table`] : []),
    ...(held && isUnfinished(status) ? [prose(holdText(held))] : []),
    ...(slowed !== undefined ? [prose(`slowed: ${slowed}`)] : []),
    ...(status === "failed" && failure !== undefined ? [prose(failure)] : []),
    ...(jobs.failed > 0 && status !== "failed"
      ? [`${formatCount(jobs.failed, "batch", "batches")} failed`]
      : []),
    ...(quarantined > 0 ? [`${formatCount(quarantined, "row")} in quarantine`] : []),
  ];
}

/** The numbers of batches in each state. */
export function batchCounts({ jobs }: ProgressSnapshot): Html {
  return factList(Object.entries(jobs));
}

// Pure.
/**
 * Small pieces that several panels share.
 *
 * @module
 */

import type { BatchedMigrationStatus } from "../background/state/state_machine.ts";
import { sourceLines } from "../format/escape_controls.ts";
import { formatTimestamp } from "../format/elapsed_time.ts";
import type { MigrationState } from "../plan/database_status.ts";
import { Html, html, type HtmlValue } from "./html.ts";
import type { Trouble } from "./page_state.ts";

/** How much a state asks for attention; a class of the style sheet. */
type Tone = "good" | "busy" | "bad" | "quiet";

const TONES: Readonly<Record<MigrationState | BatchedMigrationStatus, Tone>> = {
  applied: "good",
  pending: "busy",
  failed: "bad",
  dirty: "bad",
  running: "busy",
  newer: "quiet",
  paused: "busy",
  active: "busy",
  finalizing: "busy",
  finished: "good",
  finalized: "good",
  deleted: "quiet",
};

/** The state as a word with a colour. */
export function stateBadge(state: MigrationState | BatchedMigrationStatus): Html {
  return html`<span class="badge ${TONES[state]}">${state}</span>`;
}

/** A time in UTC, also for machines. */
export function timeOf(at: string | null | undefined): Html | undefined {
  return at == null ? undefined : html`<time datetime="${at}">${formatTimestamp(at)}</time>`;
}

const NEWLINE = new Html("\n");

/** A message that may have several lines. */
export function prose(text: string): Html {
  return html`${text.split(/\r?\n/).map((line, index) => index === 0 ? line : html`<br>${line}`)}`;
}

/** Text whose lines and spaces are kept, such as SQL. It can be scrolled with the keyboard. */
export function preformatted(text: string, label: string): Html {
  const lines = sourceLines(text).map((line, index) => html`${index === 0 ? "" : NEWLINE}${line}`);
  return html`<pre tabindex="0" role="region" aria-label="${label}"><code>${lines}</code></pre>`;
}

/** A list of facts; those without a value are left out. */
export function factList(facts: readonly (readonly [string, HtmlValue])[]): Html {
  const known = facts.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return html`<dl class="facts">${
    known.map(([label, value]) =>
      html`
        <div>
          <dt>${label}</dt>
          <dd>${value}</dd>
        </div>
      `
    )
  }</dl>`;
}

/** A table that can be scrolled sideways with the keyboard, too. */
export function table(
  label: string,
  { columns, rows }: {
    readonly columns: readonly string[];
    readonly rows: readonly (readonly HtmlValue[])[];
  },
): Html {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="${label}">
      <table>
        <thead>
          <tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr>
        </thead>
        <tbody>${rows.map((row) =>
          html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`
        )}</tbody>
      </table>
    </div>
  `;
}

/** What could not be read, why, and what to type. */
export function troubleBox({ code, message, hint }: Trouble): Html {
  return html`<div class="trouble"><p><strong>${code}</strong> ${prose(message)}</p>${
    hint === undefined ? "" : html`<p>Next: ${prose(hint)}</p>`
  }</div>`;
}

// Pure.
/**
 * The forms that change a batched migration. Each asks who does it, and why.
 *
 * @module
 */

import type { BatchedMigrationStatus } from "../../background/state/state_machine.ts";
import type { ProgressSnapshot } from "../../background/status/progress_snapshot.ts";
import { type Html, html } from "../html.ts";
import { batchedPath } from "../paths.ts";

/** Something that a person may do with a batched migration. */
export const CHANGES = [
  "pause",
  "resume",
  "retry",
  "finalize",
  "set",
  "quarantine-retry",
  "quarantine-drop",
] as const;

/** One of `CHANGES`. */
export type Change = typeof CHANGES[number];

/** The settings that the page offers, by the name of their field. */
export const SETTINGS = {
  pause: { label: "pause between transactions", example: "100ms" },
  batch_size: { label: "rows of a batch", example: "100000" },
  sub_batch_size: { label: "rows of a transaction", example: "1000" },
  workers: { label: "workers at most (none: no limit)", example: "2" },
} as const;

/** The address to which the forms are sent. */
export function changePath(database: string, id: string): string {
  return `${batchedPath(database, id)}/change`;
}

const BUTTONS: readonly {
  readonly change: Change;
  readonly label: string;
  readonly states: readonly BatchedMigrationStatus[];
}[] = [
  { change: "pause", label: "Pause", states: ["active", "finalizing"] },
  { change: "resume", label: "Resume", states: ["paused", "active"] },
  { change: "retry", label: "Retry", states: ["failed"] },
  { change: "finalize", label: "Finalize", states: ["active", "finished", "failed"] },
];

/** The forms for the state that it had when the page was made; the server looks again. */
export function changeForms(
  { database, snapshot, formToken }: {
    readonly database: string;
    readonly snapshot: ProgressSnapshot;
    readonly formToken: string;
  },
): Html {
  const { status, quarantined } = snapshot;
  const form = (id: string, { title, fields }: { readonly title: string; readonly fields: Html }) =>
    html`
      <form method="post" action="${changePath(database, snapshot.id)}" aria-labelledby="${id}">
      <h3 id="${id}">${title}</h3>
      <input type="hidden" name="form_token" value="${formToken}">
      <label>Your name<input name="who" required maxlength="80" autocomplete="name"></label>
      <label>Reason<input name="reason" required maxlength="500"></label>
      ${fields}
      </form>
    `;
  const possible = BUTTONS.filter(({ states }) => states.includes(status));
  const isOpen = ["active", "paused", "failed", "finalizing"].includes(status);
  return html`<section aria-labelledby="changes"><h2 id="changes">Change it</h2>
<p>Each change is recorded with your name and the reason.</p>
${
    possible.length === 0
      ? ""
      : form("change-state", { title: "State", fields: html`${possible.map(button)}` })
  }
${isOpen ? form("change-settings", { title: "Settings", fields: settingFields() }) : ""}
${
    quarantined === 0
      ? ""
      : form("change-quarantine", { title: "Quarantine", fields: quarantineFields() })
  }</section>`;
}

function button({ change, label }: { readonly change: Change; readonly label: string }): Html {
  return html`<button name="change" value="${change}">${label}</button>`;
}

function settingFields(): Html {
  const fields = Object.entries(SETTINGS).map(([name, { label, example }]) =>
    html`<label>${label}<input name="${name}" placeholder="${example}" maxlength="20"></label>`
  );
  return html`<p>What is left empty stays as it is.</p>${fields}${
    button({ change: "set", label: "Set" })
  }`;
}

function quarantineFields(): Html {
  return html`<label>Numbers of rows, or all<input name="rows" maxlength="2000" placeholder="4 7"></label>
<button name="change" value="quarantine-retry">Process them again</button>
<button name="change" value="quarantine-drop" class="danger">Drop them, unchanged</button>`;
}

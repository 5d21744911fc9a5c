// Pure.
/**
 * The migrations of a database: what needs attention, what is pending, and all of them.
 *
 * @module
 */

import type { DatabaseStatus, MigrationStatus } from "../../plan/database_status.ts";
import { errorText } from "../../report/event_text.ts";
import { type Html, html } from "../html.ts";
import { factList, preformatted, stateBadge, table, timeOf } from "../texts.ts";

/** The counts; the dirty and failed ones with their reason; the pending ones; and a table of all. */
export function migrationsPanel(database: string, status: DatabaseStatus): Html {
  const { migrations } = status;
  const troubled = migrations.filter(({ standing }) =>
    standing === "dirty" || standing === "failed"
  );
  const running = migrations.filter(({ standing }) => standing === "running");
  const pending = migrations.filter(({ standing }) => standing === "pending");
  return html`${countsLine(status)}
${troubled.map((migration) => attention(database, migration))}
${running.length === 0 ? "" : html`<h3>Running now</h3>${list(running)}`}
${pending.length === 0 ? "" : folded(`Pending: ${pending.length}`, list(pending), pending.length)}
${migrations.length === 0 ? "" : allMigrations(database, migrations)}`;
}

/** `3 applied, 2 pending`, or that there are none. */
export function countsLine({ counts, upToDate }: DatabaseStatus): Html {
  const words = Object.entries(counts).filter(([, count]) => count > 0)
    .map(([word, count]) => `${count} ${word}`);
  return html`<p><span class="badge ${upToDate ? "good" : "busy"}">${
    upToDate ? "up to date" : "not up to date"
  }</span> ${words.join(", ") || "no migrations"}</p>`;
}

function attention(database: string, migration: MigrationStatus): Html {
  const { version, name, standing, lastError, startedAt, finishedAt, who } = migration;
  const meaning = standing === "dirty"
    ? "Part of it may be in the database. A person has to look before anything else is applied."
    : "Nothing of it is in the database. The next up tries it again.";
  return html`<div class="trouble"><p>${
    stateBadge(standing)
  } <strong>${version} ${name}</strong></p>
<p>${meaning}</p>
${lastError === null ? "" : preformatted(errorText(lastError), `Error of ${version}`)}
${factList([["last tried", timeOf(finishedAt ?? startedAt)], ["by", who]])}
<p>Next: <code>migrator describe ${version} --db ${database}</code></p></div>`;
}

function list(migrations: readonly MigrationStatus[]): Html {
  return html`<ul class="plain">${
    migrations.map(({ version, name }) => html`<li><code>${version}</code> ${name}</li>`)
  }</ul>`;
}

/** The most lines that are shown unfolded. */
const MOST_SHOWN = 10;

function folded(summary: string, content: Html, count: number): Html {
  return html`<details${
    count <= MOST_SHOWN
      ? html`
        open
      `
      : ""
  }><summary>${summary}</summary>${content}</details>`;
}

function allMigrations(database: string, migrations: readonly MigrationStatus[]): Html {
  const rows = migrations.map((migration) => {
    const { version, name, standing, edited, startedAt, finishedAt, who } = migration;
    return [
      html`<code>${version}</code>`,
      name,
      html`${stateBadge(standing)}${
        edited
          ? html`
            <em>edited since</em>
          `
          : ""
      }`,
      timeOf(standing === "pending" ? undefined : finishedAt ?? startedAt),
      standing === "pending" ? "" : who,
    ];
  });
  return html`<details><summary>All migrations: ${migrations.length}</summary>${
    table(`Migrations of ${database}`, {
      columns: ["version", "name", "state", "when", "by"],
      rows,
    })
  }</details>`;
}

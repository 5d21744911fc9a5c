// Pure.
/**
 * The overview: each database with its migrations, its graph and its batched migrations.
 *
 * @module
 */

import { type Html, html } from "./html.ts";
import type { DatabaseView, LogLine } from "./page_state.ts";
import { batchedPanel } from "./panels/batched_panel.ts";
import { graphPanel } from "./panels/graph_panel.ts";
import { logPanel } from "./panels/log_panel.ts";
import { migrationsPanel } from "./panels/migrations_panel.ts";
import { databaseAnchor } from "./paths.ts";
import { troubleBox } from "./texts.ts";

/** The stream of the overview. */
export const OVERVIEW_STREAM = "/events";

/** All databases and the log. */
export function overviewMain(
  views: readonly DatabaseView[],
  { log }: { readonly log: readonly LogLine[] },
): Html {
  return html`${views.map(databaseSection)}
${logPanel(log)}`;
}

/** A database's section; the script replaces what is inside of it when it changes. */
function databaseSection(view: DatabaseView): Html {
  const anchor = databaseAnchor(view.name);
  return html`
    <section id="${anchor}" aria-labelledby="${anchor}-title">
      <h2 id="${anchor}-title">${view.name}</h2>
      <div id="${anchor}-live">${databasePanel(view, { isLinked: true })}</div>
    </section>
  `;
}

/** The element that `databasePanel` fills. */
export function liveId(database: string): string {
  return `${databaseAnchor(database)}-live`;
}

/** Everything about a database. What could not be read is said in its place. */
export function databasePanel(
  { name, server, troubles, status, installed, durable, graph, batched }: DatabaseView,
  { isLinked }: { readonly isLinked: boolean },
): Html {
  return html`${server === undefined ? "" : html`<p class="server">on <code>${server}</code></p>`}
${troubles.map(troubleBox)}
${
    status === undefined
      ? ""
      : html`${installed ? "" : html`<p>This database has no history yet.</p>`}${
        durable
          ? ""
          : html`<p>The last run did not finish; up makes sure that all of it is on disk.</p>`
      }${migrationsPanel(name, status)}`
  }
${
    status === undefined || graph === undefined || graph.ordered.length === 0
      ? ""
      : html`<details><summary>Graph</summary>${
        graphPanel(name, { graph, migrations: status.migrations })
      }</details>`
  }
<h3>Batched migrations</h3>
${
    batched === undefined
      ? html`<p>They could not be read.</p>`
      : batchedPanel(name, { snapshots: batched, isLinked })
  }`;
}

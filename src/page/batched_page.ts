// Pure.
/**
 * The page of one batched migration.
 *
 * @module
 */

import { type Html, html, type HtmlValue } from "./html.ts";
import type { BatchedView } from "./page_state.ts";
import { batchedDetailPanel } from "./panels/batched_detail_panel.ts";
import { batchedPath } from "./paths.ts";

/** The element that the script fills anew when something changes. */
export const BATCHED_LIVE = "batched-live";

/** The title of the page. */
export function batchedTitle({ snapshot, database }: BatchedView): string {
  return `${snapshot.name} (${snapshot.id}) of ${database}`;
}

/** The stream of the page. */
export function batchedStream({ database, snapshot }: BatchedView): string {
  return `${batchedPath(database, snapshot.id)}/events`;
}

/** @param forms The forms that change it; they stay as they are while the rest is replaced. */
export function batchedMain(view: BatchedView, forms: HtmlValue): Html {
  return html`<p class="server">on <code>${view.server}</code></p>
<p id="connection" role="status"></p>
<div id="${BATCHED_LIVE}">${batchedDetailPanel(view)}</div>
${forms}`;
}

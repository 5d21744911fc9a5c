// Pure.
/**
 * The log: the newest lines, and those that arrive while the page is open.
 *
 * @module
 */

import { type Html, html } from "../html.ts";
import type { LogLine } from "../page_state.ts";
import { prose, timeOf } from "../texts.ts";

/** The newest lines last. A program reads new ones aloud when it is idle. */
export function logPanel(lines: readonly LogLine[]): Html {
  return html`
    <section aria-labelledby="log-title">
      <h2 id="log-title">Log</h2>
      <p id="connection" role="status"></p>
      <div class="scroll log" tabindex="0" role="log" aria-live="polite" aria-label="Lines of the log">
        <ol id="log">${lines.map(logLine)}</ol>
      </div>
    </section>
  `;
}

/** One line. */
export function logLine({ at, database, text, level }: LogLine): Html {
  return html`
    <li class="${level}">${timeOf(at)} <strong>${database}</strong> ${prose(text)}</li>
  `;
}

// Pure.
/**
 * The frame of every page: head, navigation, main part.
 *
 * @module
 */

import { type Html, html } from "./html.ts";
import type { PageFrame } from "./page_state.ts";
import { databaseAnchor } from "./paths.ts";
import { timeOf } from "./texts.ts";

/** What a page puts into the frame. */
export interface PageContent {
  readonly title: string;
  readonly main: Html;
  /** What the script subscribes to; undefined for a page that stays as it is. */
  readonly stream?: string;
}

/** A page of the server. It needs no script to be read. */
export function pageDocument(
  { version, at, databases, changes }: PageFrame,
  { title, main, stream }: PageContent,
): string {
  return String(html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/style.css">
    ${stream === undefined ? "" : html`<script src="/script.js" defer></script>`}
      </head>
      <body${stream === undefined ? "" : html`
        data-stream="${stream}"
      `}>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <p class="brand"><a href="/">migrator</a> <small>${version}</small></p>
          <nav aria-label="Databases">
            <ul>${databases.map((name) =>
              html`<li><a href="/#${databaseAnchor(name)}">${name}</a></li>`
            )}</ul>
          </nav>
          <p class="mode">${mode(changes)}</p>
        </header>
        <main id="main">
    <h1>${title}</h1>
    ${main}
        </main>
        <footer>
          <p>Read at ${timeOf(
            at,
          )}. Times are in UTC. The same as JSON: <a href="/api/v1/openapi.json">/api/v1</a>.</p>
        </footer>
        </body>
        </html>
  `).trimStart();
}

function mode(changes: PageFrame["changes"]): Html {
  switch (changes) {
    case "read-only":
      return html`read only`;
    case "locked":
      return html`<a href="/sign-in">sign in to change something</a>`;
    case "open":
      return html`changes are allowed`;
  }
}

/** The same as one file that needs no server: the style is in it, and no script. */
export function pageFile(
  { version, at }: Pick<PageFrame, "version" | "at">,
  { title, main, style }: Omit<PageContent, "stream"> & { readonly style: Html },
): string {
  return String(html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${title}</title>
        <link rel="icon" href="data:,">
        <style>${style}</style>
      </head>
      <body>
        <main id="main">
    <h1>${title}</h1>
    ${main}
        </main>
        <footer>
          <p>Written by migrator ${version} at ${timeOf(at)}. Times are in UTC.</p>
        </footer>
      </body>
    </html>
  `).trimStart();
}

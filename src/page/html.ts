// Pure.
/**
 * HTML whose values are escaped unless they are HTML already.
 *
 * @module
 */

import { escapeHtml } from "../format/escape_html.ts";
import { escapeControls } from "../format/escape_controls.ts";

/** Markup that may stand in a page as it is. Only `html` makes it. */
export class Html {
  readonly #markup: string;

  /** @param markup Markup without any text from outside. */
  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** A value in a template: text is escaped, nothing is left out, and lists are joined. */
export type HtmlValue =
  | Html
  | string
  | number
  | bigint
  | false
  | null
  | undefined
  | readonly HtmlValue[];

/** Markup with escaped values: html`<td>${name}</td>`. Attributes stand in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const markup = parts.map((part, index) =>
    index === 0 ? part : `${rendered(values[index - 1])}${part}`
  );
  return new Html(markup.join(""));
}

function rendered(value: HtmlValue): string {
  if (value instanceof Html) return value.toString();
  if (Array.isArray(value)) return (value as readonly HtmlValue[]).map(rendered).join("");
  if (value === undefined || value === null || value === false) return "";
  return escaped(String(value));
}

/**
 * Text for an element or a quoted attribute. Characters that would change how the text around them
 * is shown become visible escapes.
 */
function escaped(text: string): string {
  return escapeHtml(escapeControls(text));
}

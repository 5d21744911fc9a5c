// Pure.
/**
 * Removes the values from another session's query.
 *
 * @module
 */

import { scan } from "./scanner.ts";

/**
 * Replaces strings, numbers and dollar-quoted bodies by `?`, omits comments, and collapses white
 * space. The server may truncate a long query anywhere; an unterminated string is treated as a
 * string.
 *
 * @param longest The most characters of the result; a longer result ends with `…`.
 */
export function withoutLiterals(query: string, longest: number): string {
  let text = "";
  let before = 0;
  for (const { start, end } of scan(query)) {
    const token = query.slice(start, end);
    if (text !== "" && start > before) text += " ";
    text += isLiteral(token) ? "?" : token;
    before = end;
    // With standard_conforming_strings off, the string continues here and values follow.
    if (/^'.*\\'$/s.test(token)) return cut(`${text} …`, longest);
    if (text.length > 2 * longest) break;
  }
  return cut(text, longest);
}

function isLiteral(token: string): boolean {
  return /^(?:[0-9]|\.[0-9]|'|[EeBbXxNn]'|[Uu]&'|\$(?![0-9]))/.test(token);
}

function cut(text: string, longest: number): string {
  const characters = [...text];
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join("")}…`;
}

// Pure.
/**
 * Shows a foreign statement without its values.
 *
 * @module
 */

import { scan } from "./scanner.ts";

/**
 * Strings, numbers and dollar-quoted bodies are written as `?`, comments are left out, and white space
 * is one blank. What a server shows of a long statement ends anywhere: a string that is cut off is a
 * string all the same.
 *
 * @param longest The most characters of the result; a longer one ends with `…`.
 */
export function withoutLiterals(query: string, longest: number): string {
  let text = "";
  let before = 0;
  for (const { start, end } of scan(query)) {
    const token = query.slice(start, end);
    if (text !== "" && start > before) text += " ";
    text += isLiteral(token) ? "?" : token;
    before = end;
    // With standard_conforming_strings off the string goes on here, and what follows is its values.
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

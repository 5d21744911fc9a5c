// Pure.
/**
 * Replaces characters in comments that an encoding may lack.
 *
 * @module
 */

import { scan } from "./scanner.ts";

const NON_ASCII = /[^\0-\x7f]/g;

/**
 * Replaces each non-ASCII UTF-16 unit in comments by `?`. The server ignores comments, but refuses
 * a character that the database's encoding lacks even there. Offsets do not change.
 */
export function asciiComments(text: string): string {
  if (text.search(NON_ASCII) === -1) return text;
  const parts: string[] = [];
  let at = 0;
  for (const { start, end } of scan(text)) {
    parts.push(text.slice(at, start).replace(NON_ASCII, "?"), text.slice(start, end));
    at = end;
  }
  parts.push(text.slice(at).replace(NON_ASCII, "?"));
  return parts.join("");
}

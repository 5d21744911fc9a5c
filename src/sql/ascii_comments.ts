// Pure.
/**
 * Comments that every encoding has.
 *
 * @module
 */

import { scan } from "./scanner.ts";

const NON_ASCII = /[^\0-\x7f]/g;

/**
 * The text with `?` in place of each UTF-16 unit of its comments that is not ASCII: what stands in a
 * comment means nothing to the server, which refuses it all the same where it has no such character.
 * Offsets stay what they were.
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

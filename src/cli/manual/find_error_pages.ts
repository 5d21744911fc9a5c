// Pure.
/**
 * Which error codes a person means who asks for help.
 *
 * @module
 */

import type { Code } from "../../failure.ts";
import { ERROR_PAGES } from "../../error_pages/error_pages.ts";
import { suggest } from "../../suggest.ts";

/** Every error code; those of a family stand together. */
export const CODES = Object.keys(ERROR_PAGES) as readonly Code[];

/**
 * The codes that a word means: one in full (`graph/cycle`), all of a family (`graph/`), all that end
 * with it (`cycle`), or all there are (`errors`). None is an empty list.
 */
export function codesMeant(word: string): readonly Code[] {
  if (word === "errors") return CODES;
  const given = word.toLowerCase();
  return CODES.filter((code) =>
    code === given || code.endsWith(`/${given}`) ||
    given.endsWith("/") && code.startsWith(given)
  );
}

/** The code that was probably meant by a word that means none. */
export function suggestCode(word: string): Code | undefined {
  const whole = suggest(word, CODES) as Code | undefined;
  if (whole !== undefined) return whole;
  const reason = word.slice(word.indexOf("/") + 1);
  const near = suggest(reason, CODES.map(reasonOf));
  return CODES.find((code) => reasonOf(code) === near);
}

function reasonOf(code: Code): string {
  return code.slice(code.indexOf("/") + 1);
}

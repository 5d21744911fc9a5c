// Pure.
/**
 * Finds the error codes that a request for help means.
 *
 * @module
 */

import type { Code } from "../../failure.ts";
import { ERROR_PAGES } from "../../error_pages/error_pages.ts";
import { suggest } from "../../suggest.ts";

/** Every error code, grouped by family. */
export const CODES = Object.keys(ERROR_PAGES) as readonly Code[];

/**
 * The codes that a word selects: one code (`graph/cycle`), a family (`graph/`), all that end with
 * the word (`cycle`), or all (`errors`). Empty when there is none.
 */
export function codesMeant(word: string): readonly Code[] {
  if (word === "errors") return CODES;
  const given = word.toLowerCase();
  return CODES.filter((code) =>
    code === given || code.endsWith(`/${given}`) ||
    given.endsWith("/") && code.startsWith(given)
  );
}

/** The most similar code to a word that selects none. */
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

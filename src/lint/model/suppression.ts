// Pure.
/**
 * Comments that silence rules: `-- migrator: lintIgnore: drop-column: nobody has read it since 5.1`.
 *
 * @module
 */

import { lineComments } from "../../sql/scanner.ts";

/** One comment. */
export interface Suppression {
  readonly codes: readonly string[];
  /** Empty when the author gave none. */
  readonly reason: string;
  /** Offset of the comment in the text. */
  readonly start: number;
  readonly end: number;
  /** Offsets from which and before which problems are silenced. */
  readonly from: number;
  readonly to: number;
}

const COMMENT = /^--[ \t]*migrator:[ \t]*(lintIgnore|lintIgnoreFile)[ \t]*:[ \t]*(.*?)[ \t]*$/;
const CODES = /^([a-z][a-z0-9-]*(?:[ \t]*,[ \t]*[a-z][a-z0-9-]*)*)[ \t]*(?::|[ \t]|$)[ \t]*(.*)$/;

/**
 * Reads them. `lintIgnoreFile` counts for the whole script. `lintIgnore` counts for the statement that ends
 * before it on the same line; otherwise for the statement that it stands in or before.
 *
 * @param statements The script's own statements, in order.
 */
export function suppressionsIn(
  text: string,
  statements: readonly { readonly start: number; readonly end: number }[],
): readonly Suppression[] {
  if (!text.includes("lintIgnore")) return [];
  return [...lineComments(text)].flatMap(({ start, end }) => {
    const [, key, rest = ""] = COMMENT.exec(text.slice(start, end)) ?? [];
    if (key === undefined) return [];
    const [, codes = "", reason = ""] = CODES.exec(rest) ?? [];
    const beside = statements.findLast((one) => one.end <= start);
    const target = beside !== undefined && !text.slice(beside.end, start).includes("\n")
      ? beside
      : statements.find((one) => one.end > start);
    const range = key === "lintIgnoreFile"
      ? { from: 0, to: Infinity }
      : { from: target?.start ?? end, to: target?.end ?? end };
    return [{ codes: codes.split(/[ \t]*,[ \t]*/).filter(Boolean), reason, start, end, ...range }];
  });
}

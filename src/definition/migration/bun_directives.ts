// Pure.
/**
 * Comments that begin with `--bun:`.
 *
 * @module
 */

import { lineComments } from "../../sql/scanner.ts";

/** A comment that bun reads as a directive. */
export interface BunDirective {
  /** Offset of `--bun:`. */
  readonly start: number;
  /** The word after `--bun:`. */
  readonly word: string;
}

/**
 * Comments at the start of a line that begin with `--bun:`, in order. Strings and function bodies
 * are not comments.
 */
export function bunDirectives(text: string): readonly BunDirective[] {
  if (!/^--bun:/m.test(text)) return [];
  return [...lineComments(text)].flatMap(({ start, end }) => {
    const comment = text.slice(start, end);
    if (!comment.startsWith("--bun:") || (start > 0 && !/[\r\n]/.test(text[start - 1]!))) return [];
    return [{ start, word: comment.slice("--bun:".length).trimEnd() }];
  });
}

/**
 * Offsets at which `--bun:split` ends a group of statements. bun sends a group to the server in one
 * message, so its last statement needs no semicolon.
 */
export function bunSplits(text: string): readonly number[] {
  return bunDirectives(text).filter(({ word }) => word === "split").map(({ start }) => start);
}

/** The text, with a semicolon in place of the first character of each of these comments. */
export function withSemicolons(text: string, splits: readonly number[]): string {
  let result = "";
  let at = 0;
  for (const split of splits) {
    result += `${text.slice(at, split)};--`;
    at = split + 3;
  }
  return result + text.slice(at);
}

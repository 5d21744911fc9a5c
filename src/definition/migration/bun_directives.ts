// Pure.
/**
 * Lines that begin with `--bun:`.
 *
 * @module
 */

import { lineComments } from "../../sql/scanner.ts";

/** A line that bun takes for an instruction. */
export interface BunDirective {
  /** Offset of `--bun:`. */
  readonly start: number;
  /** What follows it. */
  readonly word: string;
}

/** Comments that begin their line with `--bun:`, in order; in a string or a function it is text. */
export function bunDirectives(text: string): readonly BunDirective[] {
  if (!/^--bun:/m.test(text)) return [];
  return [...lineComments(text)].flatMap(({ start, end }) => {
    const comment = text.slice(start, end);
    if (!comment.startsWith("--bun:") || (start > 0 && !/[\r\n]/.test(text[start - 1]!))) return [];
    return [{ start, word: comment.slice("--bun:".length).trimEnd() }];
  });
}

/**
 * Where `--bun:split` ends a batch. What is in a batch is sent to the server at once, and its last
 * statement needs no semicolon.
 */
export function bunSplits(text: string): readonly number[] {
  return bunDirectives(text).filter(({ word }) => word === "split").map(({ start }) => start);
}

/** The text, equally long, with a semicolon at the beginning of each of these comments. */
export function withSemicolons(text: string, splits: readonly number[]): string {
  let result = "";
  let at = 0;
  for (const split of splits) {
    result += `${text.slice(at, split)};--`;
    at = split + 3;
  }
  return result + text.slice(at);
}

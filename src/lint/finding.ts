// Pure.
/**
 * Findings: what people and programs are told.
 *
 * @module
 */

import { lineAndColumn } from "../sql/offsets.ts";
import type { RuleFamily, Severity } from "./model/rule.ts";

/** One finding. */
export interface Finding {
  /** The rule's. */
  readonly code: string;
  readonly family: RuleFamily;
  readonly severity: Severity;
  readonly title: string;
  readonly message: string;
  readonly why: string;
  /** SQL. */
  readonly recipe: string;
  /** What the statement was seen to do, in words: `ACCESS EXCLUSIVE of users, rewritten`. */
  readonly measured?: readonly string[];
  /** As `Script.path`. */
  readonly file: string;
  /** From 1; columns count characters. The end is just behind the statement. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** The line of the file that `line` names. */
  readonly source: string;
}

/** The place of a range of a text, and its first line. */
export function placeOfRange(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
): Pick<Finding, "line" | "column" | "endLine" | "endColumn" | "source"> {
  const { line, column } = lineAndColumn(text, start);
  const after = lineAndColumn(text, end);
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const next = text.indexOf("\n", start);
  const source = text.slice(from, next === -1 ? text.length : next).replace(/\r$/, "");
  return { line, column, endLine: after.line, endColumn: after.column, source };
}

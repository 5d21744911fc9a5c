// Pure.
/**
 * The lines of one statement: where it stands in its file, the comments above it, and its text.
 *
 * @module
 */

import { statementPlace } from "../runner/context/statement_failure.ts";
import { scan } from "../sql/scanner.ts";
import { intoVariables, psqlStatement, sqlComment, unless, warn } from "./psql_text.ts";
import type { ScriptStep } from "./script_request.ts";

/**
 * A statement as psql sends it, unchanged.
 *
 * @param at 0-based.
 */
export function statementLines(one: ScriptStep, at: number): readonly string[] {
  return [...headLines(one, at), ...sentLines(one, at)];
}

/** The same without the head. */
export function sentLines(one: ScriptStep, at: number): readonly string[] {
  return [...standardStrings(one, at), psqlStatement(sqlOf(one, at))];
}

/** The text of a statement. */
export function sqlOf({ step: { script }, text }: ScriptStep, at: number): string {
  const { start, end } = script.statements[at]!;
  return text.slice(start, end);
}

/** The file and line of a statement, and what its author wrote above it. */
export function headLines({ step: { script }, text }: ScriptStep, at: number): readonly string[] {
  const { start } = script.statements[at]!;
  const { file, line } = statementPlace(script, { text, offset: start });
  const before = text.slice(script.statements[at - 1]?.end ?? 0, start);
  return ["", sqlComment(`${file}:${line}`), ...commentsIn(before)];
}

/** Whole lines; what stands between them is no SQL of this script. */
function commentsIn(text: string): readonly string[] {
  const comments: string[] = [];
  let at = 0;
  for (const { start, end } of [...scan(text), { start: text.length, end: text.length }]) {
    comments.push(...text.slice(at, start).split(/\r?\n/).map((line) => line.trim()));
    at = end;
  }
  return comments.filter((line) => line !== "").map((line) =>
    line.startsWith("--") ? line : sqlComment(line)
  );
}

/**
 * Both psql and the server read a backslash in a plain string by `standard_conforming_strings`. An earlier
 * statement may have turned it off; migrator has read the file with it on.
 */
function standardStrings(one: ScriptStep, at: number): readonly string[] {
  const { step: { script } } = one;
  const sql = sqlOf(one, at);
  const isAffected = script.statements.slice(0, at).some(({ plain }) => !plain) &&
    [...scan(sql)].some(({ start, end }) => /^'.*\\/s.test(sql.slice(start, end)));
  if (!isAffected) return [];
  return [
    intoVariables(
      "SELECT pg_catalog.current_setting('standard_conforming_strings') " +
        "OPERATOR(pg_catalog.=) 'on' AS is_standard",
    ),
    ...unless("is_standard", [
      ...warn("Stopped: this migration has turned off standard_conforming_strings."),
      ":migrator_fail",
    ]),
  ];
}

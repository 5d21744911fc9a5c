// Pure.
/**
 * Text as psql reads it.
 *
 * @module
 */

import { escapeControls } from "../format/escape_controls.ts";
import { scan } from "../sql/scanner.ts";

/**
 * A statement for psql 13 and later, such that the server receives exactly these characters.
 *
 * Outside quotes, psql ends a statement at a semicolon and replaces `:name` by a variable; a backslash
 * before either keeps both as they are. Since version 14 it also waits for an END after the word BEGIN in
 * CREATE FUNCTION, even where that is only a name; `\g` ends such a statement in any case.
 *
 * @param sql One statement that PostgreSQL's parser has accepted, without its semicolon.
 */
export function psqlStatement(sql: string): string {
  const parts: string[] = [];
  let at = 0;
  let hasBegin = false;
  for (const { start, end } of scan(sql)) {
    const token = sql.slice(start, end);
    if (token === ";" || token === ":") {
      parts.push(sql.slice(at, start), "\\");
      at = start;
    }
    hasBegin ||= token.toLowerCase() === "begin";
  }
  return parts.join("") + sql.slice(at) + (hasBegin ? "\n\\g" : ";");
}

/** An argument of a psql command: always one word, without variables. */
export function psqlArgument(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("'", "''").replaceAll("\n", "\\n");
  return `'${escaped}'`;
}

/** A comment of one line, whatever the text holds. */
export function sqlComment(text: string): string {
  return `-- ${escapeControls(text)}`;
}

/** Sets psql's variables, one for each column, to the values of the query's one row. */
export function intoVariables(query: string): string {
  return `${query}\n\\gset migrator_`;
}

/** Runs the lines when a variable is true. */
export function when(variable: string, lines: readonly string[]): readonly string[] {
  return [`\\if :migrator_${variable}`, ...lines, "\\endif"];
}

/** Runs the lines when a variable is false. */
export function unless(variable: string, lines: readonly string[]): readonly string[] {
  return [`\\if :migrator_${variable}`, "\\else", ...lines, "\\endif"];
}

/** Prints lines to standard error; a word that begins with a colon is a variable. */
export function warn(...texts: readonly string[]): readonly string[] {
  return texts.map((text) =>
    `\\warn ${/^:migrator_\w+$/.test(text) ? text : psqlArgument(escapeControls(text))}`
  );
}

/** Prints a line of progress. */
export function echo(text: string): string {
  return `\\echo ${psqlArgument(escapeControls(text))}`;
}

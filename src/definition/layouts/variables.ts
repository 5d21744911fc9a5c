// Pure.
/**
 * Variables in SQL files, filled in where the tool of a layout does so.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { lineAndColumn } from "../../sql/offsets.ts";

/** What is filled in, and what messages need. */
export interface VariableOptions {
  readonly path: string;
  readonly variables: ReadonlyMap<string, string> | undefined;
  readonly report: (defect: Failure) => void;
}

/** A place where a variable stands. */
export interface VariableUse {
  readonly name: string;
  /** What stands there when it is not declared; undefined: it must be. */
  readonly fallback?: string | undefined;
}

/**
 * Replaces every match of a pattern by the value that is declared for it. A name that is not declared
 * is reported: no variable of the environment is read unless migrator.yaml passes it on.
 *
 * @param useOf Undefined for a match that is no variable, which is left alone.
 */
export function fillIn(
  text: string,
  { pattern, useOf, ...options }: VariableOptions & {
    readonly pattern: RegExp;
    readonly useOf: (match: RegExpExecArray) => VariableUse | undefined;
  },
): string {
  let filled = "";
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    const use = useOf(match);
    if (use === undefined) continue;
    const value = options.variables?.get(use.name) ?? use.fallback;
    if (value === undefined) undeclared(text, { ...options, match, name: use.name });
    filled += text.slice(at, match.index) + (value ?? match[0]);
    at = match.index + match[0].length;
  }
  return filled + text.slice(at);
}

function undeclared(
  text: string,
  { path, report, match, name }: VariableOptions & {
    readonly match: RegExpExecArray;
    readonly name: string;
  },
): void {
  report(
    new Failure(
      "definition/undeclared-variable",
      `${path} uses ${match[0]}, which nobody declares.`,
      {
        hint: `Give its value in migrator.yaml: \`variables: ["${name}=…"]\`; ` +
          '"${NAME}" in it stands for a variable of the environment.',
        place: { file: path, ...lineAndColumn(text, match.index) },
        facts: { variable: name },
      },
    ),
  );
}

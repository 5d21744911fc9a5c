// Pure.
/**
 * Pages of error codes as text for people, and as fields for programs.
 *
 * @module
 */

import { type ErrorPage, RETRY, SEEN } from "../../error_pages/error_page.ts";
import { ERROR_PAGES } from "../../error_pages/error_pages.ts";
import { type Code, exitOf } from "../../failure.ts";
import type { Style } from "../../report/style.ts";
import { meaningOf } from "../program/exit_statuses.ts";
import { wrap } from "../output/wrap.ts";

/** The page of a code, 80 columns wide as far as its commands allow. */
export function errorPageText(code: Code, style: Style): string {
  const page = ERROR_PAGES[code];
  return [
    ...wrap(`${style.bold(code)}: `, page.title),
    "",
    ...wrap("  ", page.cause),
    "",
    style.bold("What to do:"),
    ...page.steps.flatMap(([text, ...commands], index) => [
      ...wrap(`  ${index + 1}. `, text),
      ...commands.map((command) => `       ${isSql(command) ? "" : "$ "}${command}`),
    ]),
    "",
    ...wrap("", outcome(code, page)),
  ].join("\n");
}

/** A line for each code, grouped by exit status. */
export function errorList(codes: readonly Code[]): string {
  const lines = codes.map((code, index) => {
    const before = codes[index - 1];
    const heading = `Exit status ${exitOf(code)}, ${meaningOf(exitOf(code))}:`;
    return [
      ...(before === undefined ? [heading] : exitOf(before) === exitOf(code) ? [] : ["", heading]),
      ...wrap(`  ${code.padEnd(CODE_COLUMNS)}  `, ERROR_PAGES[code].title),
    ].join("\n");
  });
  return [...lines, "", "One of them: migrator help CODE"].join("\n");
}

/** Columns for codes; a longer code moves its title to the right. */
const CODE_COLUMNS = 34;

/** The page as fields of `--json`. */
export function errorFields(code: Code): Readonly<Record<string, unknown>> {
  const { title, cause, steps, retry, seen = "failure" } = ERROR_PAGES[code];
  return {
    code,
    exit_code: exitOf(code),
    title,
    cause,
    steps: steps.map(([text, ...commands]) => ({ text, commands })),
    retry,
    seen,
  };
}

function isSql(command: string): boolean {
  return command.endsWith(";");
}

/** The exit status of a command that fails with it, and whether to retry. */
function outcome(code: Code, { retry, seen }: ErrorPage): string {
  if (seen !== undefined) return SEEN[seen];
  return `Exit status ${exitOf(code)} (${meaningOf(exitOf(code))}). ${RETRY[retry]}`;
}

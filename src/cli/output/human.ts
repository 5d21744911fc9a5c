// Pure.
/**
 * Output as lines for people.
 *
 * @module
 */

import { type Failure, familyOf } from "../../failure.ts";
import { backgroundLines, isBackground } from "../../report/background_text.ts";
import { debugText, eventLines, failureLines, queryText } from "../../report/event_text.ts";
import type { Palette } from "../../report/palette.ts";
import {
  type IndexProgressBar,
  isWorthALine,
  progressBar,
  progressLine,
} from "../../report/index_progress_bar.ts";
import { paragraph, sourceLines } from "../../format/escape_controls.ts";
import { isReported, levelOf } from "../../report/log_line.ts";
import type { Verbosity } from "../../report/verbosity.ts";
import { liveLine } from "./live_line.ts";
import type { Output, Streams } from "./output.ts";

/**
 * Prints for people. Every line goes through the palette, which escapes controls: text from outside
 * cannot send commands to the terminal or forge a line.
 *
 * @param options.isScreen Whether standard output is a terminal; documents are then escaped, too.
 * @param options.columns Columns of standard error's terminal; undefined when it is not a terminal
 * and lines cannot be redrawn.
 * @param options.rows Rows of that terminal.
 */
export function humanOutput(
  given: Streams,
  { palette: { style, paint }, isScreen, columns, rows, level, queries }:
    & {
      readonly palette: Palette;
      readonly isScreen: boolean;
      readonly columns: number | undefined;
      readonly rows: number;
    }
    & Pick<Verbosity, "level" | "queries">,
): Output {
  const live = liveLine(given);
  const written = (lines: readonly string[]) => lines.map((line) => `${paint(line)}\n`).join("");
  const print = (...lines: readonly string[]) => live.streams.stdout(written(lines));
  const error = (...lines: readonly string[]) => live.streams.stderr(written(lines));
  const draw = (lines: readonly string[]) => live.draw(lines.map(paint));
  let last: IndexProgressBar | undefined;
  const progress = (seen: IndexProgressBar) => {
    if (columns !== undefined) return draw([progressBar(seen, { columns, style })]);
    if (!isWorthALine(seen, last)) return;
    last = seen;
    error(style.dim(progressLine(seen)));
  };
  const showsProgress = level === "info" || level === "debug";
  return {
    style,
    terminal: columns === undefined || !showsProgress ? undefined : { columns, rows, draw },
    print,
    source: (text) => print(...sourceLines(text)),
    document: (text) =>
      isScreen ? print(...sourceLines(text.trimEnd())) : live.streams.stdout(`${text.trimEnd()}\n`),
    record: () => {},
    warn: (message) => {
      if (level !== "error") error(...paragraph(`${style.caution("warning:")} ${message}`));
    },
    event: (event) => {
      // What a migration warns of is no progress.
      const isWarning = event.type === "notice" && isReported(levelOf(event), level);
      if (!showsProgress && !isWarning) return;
      if (event.type === "progress") return progress(event);
      // Do not clear the bar for an event that prints nothing.
      if (isBackground(event) && level !== "debug" && !backgroundLines(event, style)) return;
      live.streams.stderr(() =>
        written(
          eventLines(event, style) ?? (level === "debug" ? [style.dim(debugText(event))] : []),
        )
      );
    },
    meter: (text) => {
      if (showsProgress) error(style.dim(text));
    },
    query: queries
      ? (query) => live.streams.stderr(() => written([style.dim(queryText(query))]))
      : undefined,
    failed: (failures) => {
      for (const failure of failures) error(...failureLines(failure, style));
      // Not in a log, where it would be noise.
      const more = columns === undefined ? undefined : moreHelp(failures);
      if (more !== undefined) error(`  ${style.dim("more:")} ${more}`);
    },
    finished: () => {},
  };
}

/** The most codes to name in one line. */
const MOST_CODES = 3;

/**
 * The command that shows the pages of these failures. Undefined when the pages would add nothing:
 * for usage errors, which the command's help explains, and for interruptions.
 */
function moreHelp(failures: readonly Failure[]): string | undefined {
  const codes = failures.map(({ code }) => code)
    .filter((code) => familyOf(code) !== "usage" && familyOf(code) !== "interrupted");
  if (codes.length === 0) return undefined;
  return ["migrator help", ...[...new Set(codes)].slice(0, MOST_CODES)].join(" ");
}

// Pure.
/**
 * Everything as lines for people.
 *
 * @module
 */

import { type Failure, familyOf } from "../../failure.ts";
import { backgroundText, isBackground } from "../../report/background_text.ts";
import { debugText, eventText, failureText, queryText } from "../../report/event_text.ts";
import {
  type IndexProgressBar,
  isWorthALine,
  progressBar,
  progressLine,
} from "../../report/index_progress_bar.ts";
import { isReported, levelOf } from "../../report/log_line.ts";
import type { Style } from "../../report/style.ts";
import type { Verbosity } from "../../report/verbosity.ts";
import { liveLine } from "./live_line.ts";
import type { Output, Streams } from "./output.ts";

/**
 * Prints for people.
 *
 * @param options.columns Of the terminal that standard error is; undefined when it is none, where
 * what is written stays.
 * @param options.rows Of that terminal.
 */
export function humanOutput(
  given: Streams,
  { style, columns, rows, level, queries }:
    & { readonly style: Style; readonly columns: number | undefined; readonly rows: number }
    & Pick<Verbosity, "level" | "queries">,
): Output {
  const { streams, draw } = liveLine(given);
  let last: IndexProgressBar | undefined;
  const progress = (seen: IndexProgressBar) => {
    if (columns !== undefined) return draw(progressBar(seen, { columns, style }));
    if (!isWorthALine(seen, last)) return;
    last = seen;
    streams.stderr(style.dim(progressLine(seen)) + "\n");
  };
  const error = (text: string) => streams.stderr(text + "\n");
  const tellsProgress = level === "info" || level === "debug";
  return {
    style,
    terminal: columns === undefined || !tellsProgress
      ? undefined
      : { columns, rows, draw: (lines) => draw(lines.join("\n")) },
    print: (text) => streams.stdout(text + "\n"),
    record: () => {},
    warn: (message) => level !== "error" && error(`${style.caution("warning:")} ${message}`),
    event: (event) => {
      // What a migration warns of is no progress.
      const isWarning = event.type === "notice" && isReported(levelOf(event), level);
      if (!tellsProgress && !isWarning) return;
      if (event.type === "progress") return progress(event);
      // A bar does not give way to what is not said.
      if (isBackground(event) && level !== "debug" && !backgroundText(event, style)) return;
      streams.stderr(() => {
        const text = eventText(event, style) ??
          (level === "debug" ? style.dim(debugText(event)) : undefined);
        return text === undefined ? "" : text + "\n";
      });
    },
    meter: (text) => tellsProgress && error(style.dim(text)),
    query: queries
      ? (query) => streams.stderr(() => style.dim(queryText(query)) + "\n")
      : undefined,
    failed: (failures) => {
      for (const failure of failures) error(failureText(failure, style));
      // In a log it would only be one line more.
      const more = columns === undefined ? undefined : moreHelp(failures);
      if (more !== undefined) error(`  ${style.dim("more:")} ${more}`);
    },
    finished: () => {},
  };
}

/** Codes that one line can name. */
const MOST_CODES = 3;

/**
 * The command that shows the pages of failures; undefined where it would tell nothing new: how a
 * command is used its own help says better, and who stops one knows why it stopped.
 */
function moreHelp(failures: readonly Failure[]): string | undefined {
  const codes = failures.map(({ code }) => code)
    .filter((code) => familyOf(code) !== "usage" && familyOf(code) !== "interrupted");
  if (codes.length === 0) return undefined;
  return ["migrator help", ...[...new Set(codes)].slice(0, MOST_CODES)].join(" ");
}

// Pure.
/**
 * Everything as lines for people.
 *
 * @module
 */

import { backgroundText, isBackground } from "../../telling/background_text.ts";
import { debugText, eventText, failureText, queryText } from "../../telling/event_text.ts";
import { type Drawn, isWorthALine, progressBar, progressLine } from "../../telling/progress_bar.ts";
import type { Style } from "../../telling/style.ts";
import type { Verbosity } from "../../telling/verbosity.ts";
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
  let last: Drawn | undefined;
  const progress = (seen: Drawn) => {
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
      if (!tellsProgress) return;
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
    failed: (failures) => failures.forEach((failure) => error(failureText(failure, style))),
    finished: () => {},
  };
}

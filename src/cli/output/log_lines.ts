/**
 * Prints results for people, and everything else as JSON lines on standard error, for log
 * collectors.
 *
 * @module
 */

import { eventRecord, failureFields, queryRecord } from "../../report/json_record.ts";
import type { JsonRecord } from "../../report/json_object.ts";
import { isReported, levelOf, logLine } from "../../report/log_line.ts";
import { type IndexProgressBar, isWorthALine } from "../../report/index_progress_bar.ts";
import type { LogLevel, Verbosity } from "../../report/verbosity.ts";
import type { Output, Streams } from "./output.ts";

/**
 * Each line begins with `time`, `level` and `event`; the other fields are those of `--json`.
 *
 * @param human Prints the results.
 */
export function logLines(
  streams: Streams,
  { human, level: least, queries, now }: {
    readonly human: Output;
    /** Milliseconds since the epoch. */
    readonly now: () => number;
  } & Pick<Verbosity, "level" | "queries">,
): Output {
  const line = (level: LogLevel, record: () => JsonRecord) => {
    const at = { level, now: now() };
    streams.stderr(() => logLine(record(), at));
  };
  const log = (level: LogLevel, record: () => JsonRecord) => {
    if (isReported(level, least)) line(level, record);
  };
  let last: IndexProgressBar | undefined;
  return {
    ...human,
    terminal: undefined,
    warn: (message) => log("warn", () => ({ event: "warning", message })),
    event: (event) => {
      if (event.type === "progress") {
        if (!isWorthALine(event, last)) return;
        last = event;
      }
      log(levelOf(event), () => eventRecord(event));
    },
    meter: (_, record) => log("info", () => record),
    query: queries ? (query) => line("debug", () => queryRecord(query)) : undefined,
    failed: (failures, exit) => {
      for (const failure of failures) {
        log("error", () => ({ event: "failed", ...failureFields(failure), exit_code: exit }));
      }
    },
  };
}

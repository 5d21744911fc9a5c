/**
 * Results for people, and everything else as JSON lines on standard error, for those who collect logs.
 *
 * @module
 */

import { eventRecord, failureFields, queryRecord, toJson, withSnakeCase } from "./json.ts";
import type { JsonRecord, Output, Streams } from "./output.ts";
import { type Drawn, isWorthALine } from "./progress_bar.ts";
import type { Level, Verbosity } from "./verbosity.ts";

const ORDER: readonly Level[] = ["debug", "info", "warn", "error"];

/** Events that tell of trouble. */
const TROUBLE = new Set(["retrying", "blocked", "waiting", "connecting", "not-ready"]);

/**
 * Lines begin with `time`, `level` and `event`; the rest is what `--json` has.
 *
 * @param human Prints the results.
 */
export function logLines(
  streams: Streams,
  { human, level, queries, now }: {
    readonly human: Output;
    /** Milliseconds since the epoch. */
    readonly now: () => number;
  } & Pick<Verbosity, "level" | "queries">,
): Output {
  const line = (importance: Level, record: () => JsonRecord) => {
    const time = new Date(now()).toISOString();
    streams.stderr(() => toJson({ time, level: importance, ...withSnakeCase(record()) }) + "\n");
  };
  const log = (importance: Level, record: () => JsonRecord) => {
    if (ORDER.indexOf(importance) >= ORDER.indexOf(level)) line(importance, record);
  };
  let last: Drawn | undefined;
  return {
    ...human,
    warn: (message) => log("warn", () => ({ event: "warning", message })),
    event: (event) => {
      if (event.type === "progress") {
        if (!isWorthALine(event, last)) return;
        last = event;
      }
      log(
        event.type === "step-failed" ? "error" : TROUBLE.has(event.type) ? "warn" : "info",
        () => eventRecord(event),
      );
    },
    query: queries ? (query) => line("debug", () => queryRecord(query)) : undefined,
    failed: (failures, exit) => {
      for (const failure of failures) {
        log("error", () => ({ event: "failed", ...failureFields(failure), exit_code: exit }));
      }
    },
  };
}

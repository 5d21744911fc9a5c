// Pure.
/**
 * Output as JSON lines.
 *
 * @module
 */

import {
  eventRecord,
  failureFields,
  queryRecord,
  toJson,
  withSnakeCase,
} from "../../report/json_record.ts";
import type { JsonRecord } from "../../report/json_object.ts";
import { isReported, levelOf } from "../../report/log_line.ts";
import { PLAIN } from "../../report/style.ts";
import type { Verbosity } from "../../report/verbosity.ts";
import type { Output, Streams } from "./output.ts";

/** Prints for programs. */
export function jsonOutput(
  streams: Streams,
  { command, queries, quiet }:
    & { readonly command: string }
    & Pick<Verbosity, "queries" | "quiet">,
): Output {
  const line = (record: JsonRecord) => streams.stdout(toJson(withSnakeCase(record)) + "\n");
  return {
    style: PLAIN,
    terminal: undefined,
    print: () => {},
    source: () => {},
    document: () => {},
    record: line,
    warn: (message) => line({ event: "warning", message }),
    event: (event) => {
      if (quiet && !isReported(levelOf(event), "warn")) return;
      streams.stdout(() => toJson(withSnakeCase(eventRecord(event))) + "\n");
    },
    meter: (_, record) => {
      if (!quiet) line(record);
    },
    query: queries
      ? (query) => streams.stdout(() => toJson(withSnakeCase(queryRecord(query))) + "\n")
      : undefined,
    failed: (failures, exit) => {
      for (const failure of failures.slice(1)) {
        line({ event: "failure", ...failureFields(failure) });
      }
      const [first] = failures;
      if (first) line({ event: "failed", command, ...failureFields(first), exit_code: exit });
    },
    finished: (facts) => line({ event: "finished", command, ...facts }),
  };
}

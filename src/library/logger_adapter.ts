// Pure.
/**
 * Passes events to an application's logger.
 *
 * @module
 */

import { redactAll, redactText } from "../connection/settings/redact.ts";
import type { WorkspaceEvent } from "../workspace/workspace.ts";
import type { ReportedEvent as Happened } from "../report/background_text.ts";
import { debugText, eventLines, queryText } from "../report/event_text.ts";
import { eventRecord, queryRecord, withSnakeCase } from "../report/json_record.ts";
import { type JsonRecord, withoutBigints } from "../report/json_object.ts";
import { levelOf } from "../report/log_line.ts";
import { type IndexProgressBar, isWorthALine, progressLine } from "../report/index_progress_bar.ts";
import { escapeControls } from "../format/escape_controls.ts";
import { PLAIN } from "../report/style.ts";
import type { Logger } from "./logger.ts";

/** Reports everything that happens during a start. */
export interface LoggerAdapter extends WorkspaceEvent {
  event(event: Happened): void;
  /** Reports a state, as text for people and as a record for programs. */
  inform(message: string, record: JsonRecord): void;
}

/** @param options.queries Report every query: its duration, and its text without the values. */
export function loggerAdapter(
  logger: Logger,
  { queries }: { readonly queries: boolean },
): LoggerAdapter {
  let last: IndexProgressBar | undefined;
  return {
    inform: (message, record) =>
      logger.info(escapeControls(redactText(message)), fieldsOf(redactAll(record))),
    warn: (given) => {
      const message = redactText(given);
      logger.warn(escapeControls(message), { event: "warning", message });
    },
    query: queries
      ? (query) => logger.debug(escapeControls(queryText(query)), fieldsOf(queryRecord(query)))
      : undefined,
    event: (given) => {
      const event = redactAll(given);
      const fields = fieldsOf(eventRecord(event));
      if (event.type === "progress") {
        if (!isWorthALine(event, last)) return;
        last = event;
        return logger.info(escapeControls(progressLine(event)), fields);
      }
      const lines = eventLines(event, PLAIN)?.map(escapeControls);
      if (lines === undefined) logger.debug(escapeControls(debugText(event)), fields);
      else logger[levelOf(event)](lines.join("\n"), fields);
    },
  };
}

function fieldsOf(record: JsonRecord): JsonRecord {
  return withoutBigints({ ...withSnakeCase(record), event: record.event });
}

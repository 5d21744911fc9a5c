/**
 * The interface of an application's logger, and the default logger.
 *
 * @module
 */

import { redactText } from "../connection/settings/redact.ts";
import { clause } from "../format/clause.ts";
import { escapeControls } from "../format/escape_controls.ts";
import { systemClock } from "../runtime/clock.ts";
import { writeError } from "../runtime/terminal.ts";
import type { JsonRecord } from "../report/json_object.ts";
import { isReported, logLine } from "../report/log_line.ts";
import type { LogLevel, Verbosity } from "../report/verbosity.ts";

/**
 * A logger; `console` is one. It decides itself which messages to keep. It receives no secrets.
 */
export type Logger = Readonly<Record<LogLevel, (message: string, fields: JsonRecord) => void>>;

/**
 * A logger whose failures do not decide over a run: what it throws, or rejects with, is swallowed. The
 * first failure is reported on standard error.
 */
export function shieldedLogger(logger: Logger): Logger {
  let isReported = false;
  const report = (error: unknown) => {
    if (isReported) return;
    isReported = true;
    const reason = error instanceof Error ? error.message : String(error);
    const text = escapeControls(redactText(clause(reason)));
    writeError(`warning: the application's logger failed, and the run goes on: ${text}\n`);
  };
  const at = (level: LogLevel) => (message: string, fields: JsonRecord) => {
    try {
      const returned: unknown = logger[level](message, fields);
      if (returned instanceof Promise) returned.catch(report);
    } catch (error) {
      report(error);
    }
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/**
 * Writes lines to standard error: text for people, or JSON that begins with `time`, `level` and
 * `event`.
 *
 * @param options.level The least important level to write. Queries are always written: they were
 * requested.
 */
export function lineLogger({ level: least, format }: Pick<Verbosity, "level" | "format">): Logger {
  const at = (level: LogLevel) => (message: string, fields: JsonRecord) => {
    if (!isReported(level, least) && fields.event !== "query") return;
    if (format === "json") return writeError(logLine(fields, { level, now: systemClock.now() }));
    writeError(`${fields.event === "warning" ? "warning: " : ""}${message}\n`);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

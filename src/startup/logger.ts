/**
 * Where the lines of an application go.
 *
 * @module
 */

import { systemClock } from "../runtime/clock.ts";
import { writeError } from "../runtime/terminal.ts";
import type { JsonRecord } from "../report/json_object.ts";
import { isReported, logLine } from "../report/log_line.ts";
import type { LogLevel, Verbosity } from "../report/verbosity.ts";

/**
 * What a logger has to be able to do; `console` is one. A logger that is given decides by itself what
 * it keeps. It is given no secrets.
 */
export type Logger = Readonly<Record<LogLevel, (message: string, fields: JsonRecord) => void>>;

/**
 * Lines on standard error: for people, or JSON that begins with `time`, `level` and `event`.
 *
 * @param options.level Nothing less important is written. Queries always are: they are asked for.
 */
export function lineLogger({ level: least, format }: Pick<Verbosity, "level" | "format">): Logger {
  const at = (level: LogLevel) => (message: string, fields: JsonRecord) => {
    if (!isReported(level, least) && fields.event !== "query") return;
    if (format === "json") return writeError(logLine(fields, { level, now: systemClock.now() }));
    writeError(`${fields.event === "warning" ? "warning: " : ""}${message}\n`);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

// Pure.
/**
 * How much is reported and in what form: from options, else from the environment variables of
 * services.
 *
 * @module
 */

/** Nothing less important than this is told; results and failures always are. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What was asked for. */
export interface Verbosity {
  readonly level: LogLevel;
  /** The form of progress, warnings and failures on standard error. */
  readonly format: "text" | "json";
  /** Tell of every query, without its values. */
  readonly queries: boolean;
  /** Nothing but results, warnings and failures was asked for by an option: programs get no more. */
  readonly quiet: boolean;
  /** What is odd about the variables, as a clause; undefined when nothing is. */
  readonly oddity: string | undefined;
}

const LEVELS: Readonly<Record<string, LogLevel>> = {
  debug: "debug",
  trace: "debug",
  info: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  fatal: "error",
};

/**
 * An unknown LOG_LEVEL is told and passed over: it may be meant for a service that knows others, and
 * nobody's migrations should fail because of that.
 *
 * @param args What was typed, up to a `--`.
 */
export function verbosityOf(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Verbosity {
  const wanted = environment["LOG_LEVEL"] ?? "";
  const known = LEVELS[wanted.trim().toLowerCase()];
  const isTyped = args.includes("--verbose") || args.includes("--quiet");
  const level = args.includes("--verbose")
    ? "debug"
    : args.includes("--quiet")
    ? "warn"
    : known ?? "info";
  const at = args.lastIndexOf("--log-format");
  const format = at >= 0
    ? args[at + 1]
    : args.findLast((arg) => arg.startsWith("--log-format="))?.slice("--log-format=".length) ??
      environment["LOG_FORMAT"];
  return {
    level,
    quiet: args.includes("--quiet") && !args.includes("--verbose"),
    oddity: isTyped || known !== undefined || wanted.trim() === ""
      ? undefined
      : `LOG_LEVEL=${wanted} is none of ${Object.keys(LEVELS).join(", ")}; info is used`,
    format: format?.toLowerCase() === "json" ? "json" : "text",
    queries: args.includes("--log-queries") ||
      /^(1|t|true|y|yes|on)$/i.test(environment["DATABASE_QUERY_LOGGING_ENABLED"] ?? ""),
  };
}

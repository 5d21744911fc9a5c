// Pure.
/**
 * How much is reported, and in which form: from options, else from environment variables.
 *
 * @module
 */

/** The least important level to report; results and failures are always reported. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What the options and the environment ask for. */
export interface Verbosity {
  readonly level: LogLevel;
  /** The form of progress, warnings and failures on standard error. */
  readonly format: "text" | "json";
  /** Report every query, without its values. */
  readonly queries: boolean;
  /** True when `--quiet` limits output to results, warnings and failures, for programs too. */
  readonly quiet: boolean;
  /** A problem with the variables, as a clause; undefined when there is none. */
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
 * Reads it. An unknown LOG_LEVEL is reported and ignored: it may be meant for a service that knows
 * other levels, and must not make a migration fail.
 *
 * @param args The arguments up to `--`.
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

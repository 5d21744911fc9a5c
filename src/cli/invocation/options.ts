/**
 * Options that commands share, their values, and their order in help.
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { type DurationOptions, parseDuration } from "../../format/duration.ts";
import type { GlobalOptions, Invocation } from "./invocation.ts";

export { withExamples } from "../program/examples.ts";

/** Starts a command's work once its options are known. */
export type StartInvocation = (options: GlobalOptions) => Invocation;

/** Headings of help. */
export const GROUPS = {
  apply: "Apply:",
  inspect: "Inspect:",
  author: "Author:",
  package: "Package:",
  batched: "Batched migrations:",
  other: "Other:",
} as const;

/** The heading of options that most commands have; a command's own options are listed above it. */
export const GENERAL = "General:";

const collect = (value: string, before: readonly string[] = []) => [...before, value];

/** Options of every command that reads only migrations. `--database-url` is accepted and ignored. */
export function withMigrations(command: Command): Command {
  withSource(command).addOption(new Option("--database-url <url>").argParser(collect).hideHelp());
  return withJson(command);
}

/** Options of every command that talks to a server. */
export function withServer(command: Command): Command {
  withSource(command).addOption(
    new Option(
      "--database-url <url>",
      "the server: a URL, libpq keywords, or NAME=URL for one database (default: " +
        "<NAME>_DATABASE_URL, DATABASE_URL, PGHOST and other PG* variables, migrator.yaml)",
    ).argParser(collect).helpGroup(GENERAL),
  );
  return withJson(command);
}

function withSource(command: Command): Command {
  return command
    .addOption(
      new Option("--db <name>", "only this database; may be repeated (default: all)")
        .argParser(collect).helpGroup(GENERAL),
    )
    .addOption(
      new Option(
        "--migrations <dir>",
        "the migrations on disk (default: those in the executable, else ./migrations)",
      ).helpGroup(GENERAL),
    )
    .addOption(configOption());
}

/** The settings file. */
export function configOption(): Option {
  return new Option(
    "--config <file>",
    "the settings file (default: the one in the executable, else ./migrator.yaml)",
  ).helpGroup(GENERAL);
}

/** Adds `--json`, which every command has. */
export function withJson(command: Command): Command {
  const flag = (flags: string, description: string) =>
    new Option(flags, description).helpGroup(GENERAL);
  return command
    .addOption(flag("--json", "print one JSON object per line to standard output"))
    .addOption(
      flag("--quiet", "print only results, warnings and failures").conflicts("verbose"),
    )
    .addOption(flag("--verbose", "print every event (same as LOG_LEVEL=debug)"))
    .addOption(
      flag("--log-format <form>", "format of progress and failures (same as LOG_FORMAT)")
        .choices(["text", "json"]),
    )
    .addOption(flag("--log-queries", "log every query with its duration, without its values"));
}

/** Options of every command that changes a database. */
export function withRun(command: Command): Command {
  command
    .option("--dry-run", "show what would be run, and run nothing")
    .option(
      "--lock-timeout <time>",
      "how long a statement may wait for a table lock (default: 2s)",
      parseLimitOption,
    )
    .option(
      "--lock-retries <n>",
      "how often to try again after a lock timeout; 0: never (default: 11)",
      retries,
    )
    .option(
      "--lock-wait <time>",
      "how long to wait for another runner or for a free connection (default: 5min)",
      parseDurationOption,
    )
    .addOption(
      new Option(
        "--durable <when>",
        "flush commits to disk once per run, or after each migration (default: run)",
      ).choices(["run", "each"]),
    );
  return withServer(withDirectUrl(command));
}

/** Options of commands that come upon unfinished batched migrations. */
export function withFinalize(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--finalize <way>",
        "what to do about an unfinished batched migration that a migration finalizes: fail, " +
          "wait for workers, or run the rest here (default: run)",
      ).choices(["check", "wait", "run"]),
    )
    .option(
      "--finalize-deadline <time>",
      "how long finalizing may take (default: no limit)",
      parseLimitOption,
    );
}

/** What a database that migrator has no history of is to be treated as. */
export function fromScratchOption(): Option {
  return new Option(
    "--from-scratch",
    "run every migration although tables, or another tool's history, are there already",
  );
}

/** Where scratch databases are made. */
export function shadowOption(): Option {
  return new Option(
    "--shadow-url <url>",
    "use a database on this server as the shadow; it is created and dropped",
  );
}

/** What a way back may leave half done. */
export function abandonOption(): Option {
  return new Option(
    "--abandon <name>",
    "leave the rows that this half-done batched migration has changed; may be repeated",
  ).argParser(collect);
}

/** A file in place of a server. */
export function stateOption(): Option {
  return new Option(
    "--state <file>",
    "what `status --json` printed for the database, in place of a server",
  );
}

/** Options of the commands that write what they show as a file for a browser. */
export interface HtmlOptions {
  readonly html?: string;
}

/** Writes a page. */
export function htmlOption(): Option {
  return new Option(
    "--html <file>",
    "also write it as one HTML file, such as for a change request",
  );
}

/** The option of every command that writes to a server. */
export function withDirectUrl(command: Command): Command {
  return command.addOption(
    new Option(
      "--direct-url <url>",
      "a connection that bypasses the pooler, or NAME=URL for one database (default: " +
        "<NAME>_DIRECT_URL, DIRECT_URL, migrator.yaml)",
    ).argParser(collect),
  );
}

/** Milliseconds: `2s`, `500ms`, `5min`, `1h30min`, 0. */
export function parseDurationOption(text: string): number {
  return durationOf(text, {});
}

/** A duration for a limit that cannot be turned off. */
export function parseLimitOption(text: string): number {
  return durationOf(text, { least: 1 });
}

/** @throws {InvalidArgumentError} With what to write instead. */
export function durationOf(text: string, options: DurationOptions): number {
  const parsed = parseDuration(text, options);
  if (parsed.milliseconds !== undefined) return parsed.milliseconds;
  throw new InvalidArgumentError(`${parsed.repair}.`);
}

/** Parses a version; a directory's name such as `1650_add_users` is accepted, too. */
export function parseVersionOption(text: string): bigint {
  const match = /^(\d{1,19})(?:_.*)?$/.exec(text.trim());
  const value = match?.[1] === undefined ? -1n : BigInt(match[1]);
  if (value >= 0n && value < 2n ** 63n) return value;
  throw new InvalidArgumentError("a version is a whole number below 2^63, such as 1650000100.");
}

/** Values may be repeated, or separated by commas. */
export function parseVersionsOption(
  text: string,
  before: readonly bigint[] = [],
): readonly bigint[] {
  return [...before, ...text.split(",").map(parseVersionOption)];
}

/** A whole number of at least 1; a number as long as a version is refused. */
export function parseCountOption(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(
    /^\d{7,19}(_.*)?$/.test(text)
      ? "it counts migrations. To name the one that stays, write --target VERSION."
      : "write a whole number of at least 1.",
  );
}

/** A whole number of at least 0. */
function retries(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("write a whole number, such as 11; 0 is a single try.");
}

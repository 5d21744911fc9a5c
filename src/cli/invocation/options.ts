/**
 * Options that commands share, what their values may be, and how help lists them.
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
  move: "Move:",
  look: "Look:",
  write: "Write:",
  handOver: "Hand over:",
  data: "Data:",
  self: "Self:",
} as const;

/** The heading of options that most commands take; a command's own options stand above it. */
export const GENERAL = "General:";

const collect = (value: string, before: readonly string[] = []) => [...before, value];

/** Options of every command that looks at migrations only; where a server is may be said, unheard. */
export function withMigrations(command: Command): Command {
  withSource(command).addOption(new Option("--database-url <url>").argParser(collect).hideHelp());
  return withJson(command);
}

/** Options of every command that talks to a server. */
export function withServer(command: Command): Command {
  withSource(command).addOption(
    new Option(
      "--database-url <url>",
      "the server: URL, keywords, or NAME=URL for one database (default: " +
        "<NAME>_DATABASE_URL, DATABASE_URL, PGHOST and the like, migrator.yaml)",
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
        "migrations on disk (default: those carried inside, else ./migrations)",
      ).helpGroup(GENERAL),
    )
    .addOption(configOption());
}

/** The settings file. */
export function configOption(): Option {
  return new Option(
    "--config <file>",
    "settings (default: those carried inside, else ./migrator.yaml)",
  ).helpGroup(GENERAL);
}

/** The option of every command. */
export function withJson(command: Command): Command {
  const flag = (flags: string, description: string) =>
    new Option(flags, description).helpGroup(GENERAL);
  return command
    .addOption(flag("--json", "one JSON object per line on standard output"))
    .addOption(
      flag("--quiet", "no progress: results, warnings and failures only").conflicts("verbose"),
    )
    .addOption(flag("--verbose", "everything that happens (LOG_LEVEL=debug)"))
    .addOption(
      flag("--log-format <form>", "progress as lines of text or json (LOG_FORMAT)")
        .choices(["text", "json"]),
    )
    .addOption(flag("--log-queries", "every query with its time, without its values"));
}

/** Options of every command that changes a database. */
export function withRun(command: Command): Command {
  command
    .option("--dry-run", "show what would be run, and run nothing")
    .option(
      "--lock-timeout <time>",
      "how long one statement may wait for a table's lock (default: 2s)",
      limit,
    )
    .option(
      "--lock-retries <n>",
      "how often a statement that got no lock is tried again; 0: once only (default: 11)",
      retries,
    )
    .option(
      "--lock-wait <time>",
      "how long to wait for another runner, or for a free connection (default: 5min)",
      duration,
    )
    .addOption(
      new Option(
        "--durable <when>",
        "sync to disk once per run, or after each migration (default: run)",
      ).choices(["run", "each"]),
    );
  return withServer(withDirectUrl(command));
}

/** The option of every command that writes to a server. */
export function withDirectUrl(command: Command): Command {
  return command.addOption(
    new Option(
      "--direct-url <url>",
      "a way around the pooler that the server's URL leads to, or NAME=URL (default: " +
        "<NAME>_DIRECT_URL, DIRECT_URL)",
    ).argParser(collect),
  );
}

/** Milliseconds: `2s`, `500ms`, `5min`, `1h30min`, 0. */
export function duration(text: string): number {
  return durationOf(text, {});
}

/** The same of a limit that there always is. */
export function limit(text: string): number {
  return durationOf(text, { least: 1 });
}

/** @throws {InvalidArgumentError} What to write instead. */
export function durationOf(text: string, options: DurationOptions): number {
  const parsed = parseDuration(text, options);
  if (parsed.milliseconds !== undefined) return parsed.milliseconds;
  throw new InvalidArgumentError(`${parsed.repair}.`);
}

/** A version as a person types it; a directory's name such as `1650_add_users` will do as well. */
export function version(text: string): bigint {
  const match = /^(\d{1,19})(?:_.*)?$/.exec(text.trim());
  const value = match?.[1] === undefined ? -1n : BigInt(match[1]);
  if (value >= 0n && value < 2n ** 63n) return value;
  throw new InvalidArgumentError("a version is a whole number below 2^63, such as 1650000100.");
}

/** Repeated, or separated by commas. */
export function versions(text: string, before: readonly bigint[] = []): readonly bigint[] {
  return [...before, ...text.split(",").map(version)];
}

/** A whole number of at least 1, and none that can only be meant as a version. */
export function count(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(
    /^\d{7,19}(_.*)?$/.test(text)
      ? "it counts migrations. To name the one that stays, write --target VERSION."
      : "write a whole number of at least 1.",
  );
}

/** A whole number from 0. */
function retries(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("write a whole number, such as 11; 0 is a single try.");
}

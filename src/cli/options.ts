// Pure.
/**
 * Options that commands share, and what their values may be.
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { GlobalOptions, Invocation } from "./invocation.ts";

/** Starts a command's work once its options are known. */
export type Begin = (command: string, options: GlobalOptions) => Invocation;

/** Headings of help. */
export const GROUPS = {
  move: "Move:",
  look: "Look:",
  write: "Write:",
  handOver: "Hand over:",
  self: "Self:",
} as const;

const collect = (value: string, before: readonly string[] = []) => [...before, value];

/** Options of every command that looks at migrations only; where a server is may be said, unheard. */
export function withMigrations(command: Command): Command {
  return withSource(command)
    .addOption(new Option("--database-url <url>").argParser(collect).hideHelp());
}

function withSource(command: Command): Command {
  return command
    .option("--migrations <dir>", "migrations on disk, instead of those carried inside")
    .option("--db <name>", "only this database; may be repeated (default: all)", collect)
    .option("--json", "one JSON object per line on standard output");
}

/** Options of every command that talks to a server. */
export function withServer(command: Command): Command {
  return withSource(command).option(
    "--database-url <url>",
    "where the server is: a URL, keywords, or NAME=… for one database",
    collect,
  );
}

/** Options of every command that changes a database. */
export function withRun(command: Command): Command {
  return withServer(command)
    .option("--dry-run", "show what would be run, and run nothing")
    .option(
      "--lock-timeout <time>",
      "how long one statement may wait for a table's lock (default: 2s)",
      duration,
    )
    .option(
      "--lock-wait <time>",
      "how long to wait for another runner, or for a free connection (default: 5min)",
      duration,
    )
    .option("--durable <when>", "sync to disk once per run, or after each migration: run, each", (
      value,
    ) => {
      if (value === "run" || value === "each") return value;
      throw new InvalidArgumentError("Use run or each.");
    });
}

/** `2s`, `500ms`, `5min`, `1h`, or milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)?$/.exec(text.trim());
  const unit = { ms: 1, s: 1_000, min: 60_000, m: 60_000, h: 3_600_000 }[match?.[2] ?? "ms"];
  const milliseconds = Number(match?.[1]) * (unit ?? NaN);
  if (Number.isFinite(milliseconds)) return Math.round(milliseconds);
  throw new InvalidArgumentError("Write a time such as 500ms, 2s or 5min.");
}

/** A version as a person types it; a directory's name such as `1650_add_users` will do as well. */
export function version(text: string): bigint {
  const match = /^(\d{1,19})(?:_.*)?$/.exec(text.trim());
  const value = match?.[1] === undefined ? -1n : BigInt(match[1]);
  if (value >= 0n && value < 2n ** 63n) return value;
  throw new InvalidArgumentError("A version is a whole number, such as 1650000100.");
}

/** Repeated, or separated by commas. */
export function versions(text: string, before: readonly bigint[] = []): readonly bigint[] {
  return [...before, ...text.split(",").map(version)];
}

/** A whole number of at least 1. */
export function count(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Write a whole number of at least 1.");
}

/** The closing lines of a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}\n`;
}

/**
 * Transcripts: text files that say what is typed, and what is answered, word for word.
 *
 * ```
 * # a remark
 * file migrations/shop/1_init/up.sql
 * | CREATE TABLE customers (id bigint);
 * sql DROP TABLE customers
 * sh rm -r migrations/shop/1_init
 * $ migrator up --migrations migrations
 * > what standard output says
 * ! what standard error says
 * = 7
 * & migrator up --migrations migrations
 * stop
 * ! what the one that was started with & has said until SIGTERM ended it
 * = 143
 * ```
 *
 * Each runs in an empty directory, with DATABASE_URL naming an empty database; `$ NAME=value migrator`
 * sets variables, and `$ -NAME migrator` takes one away. What differs from run to run is written as
 * `<server>`, `<time>` (a duration), `<when>`, `<now>` (as a version), `<pid>`, `<size>`, `<number>` (of
 * free connections, of a release), `<who>`, `<host>`, `<version>`, `<runtime>` and `<platform>`.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { VERSION } from "../../src/version.ts";
import type { Server } from "../support/cluster.ts";
import {
  type CommandOptions,
  type Finished,
  runMigrator,
  type Running,
  startMigrator,
} from "../support/command.ts";

/** Runs all of it against a new database of the server; the same text, with the answers of now. */
export async function replay(transcript: string, server: Server): Promise<string> {
  const database = await server.createDatabase();
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-transcript-"));
  const answers: string[] = [];
  let meanwhile: Running | undefined;
  const place = { server, database, directory };
  try {
    for (const { lines, kind, rest } of entries(transcript)) {
      const told = lines.filter((line) => !/^([>!=]|$)/.test(line));
      answers.push(...told);
      if (kind === "file") writeFile(path.join(directory, rest), lines.slice(1));
      if (kind === "sql") await server.sql(database, rest);
      if (kind === "sh") execFileSync("/bin/sh", ["-ec", rest], { cwd: directory });
      if (kind === "&") meanwhile = startMigrator(...typed(rest, place));
      if (kind === "stop") meanwhile?.kill("SIGTERM");
      const finished = kind === "$"
        ? await runMigrator(...typed(rest, place))
        : kind === "stop"
        ? await meanwhile?.finished
        : undefined;
      if (finished) answers.push(...answerOf(finished, place));
      if (kind !== "#") answers.push("");
    }
  } finally {
    meanwhile?.kill("SIGKILL");
    fs.rmSync(directory, { recursive: true });
  }
  return answers.join("\n").replace(/\n+$/, "\n");
}

interface Entry {
  readonly kind: string;
  readonly rest: string;
  readonly lines: readonly string[];
}

/** Each begins with a line that says its kind; those behind it with `|`, `>`, `!` and `=` belong to it. */
function entries(transcript: string): Entry[] {
  const found: { kind: string; rest: string; lines: string[] }[] = [];
  for (const line of transcript.split("\n")) {
    const [, kind = "", rest = ""] = /^([$&#]|file|sql|sh|stop)(?: (.*))?$/.exec(line) ?? [];
    if (kind !== "") found.push({ kind, rest, lines: [line] });
    else if (/^([|>!=]|$)/.test(line)) found.at(-1)?.lines.push(line);
    else throw new Error(`A transcript does not know what this is: ${line}`);
  }
  return found;
}

function writeFile(file: string, lines: readonly string[]): void {
  const text = lines.filter((line) => line.startsWith("|")).map((line) => `${line.slice(2)}\n`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text.join(""));
}

interface Place {
  readonly server: Server;
  readonly database: string;
  readonly directory: string;
}

function typed(
  line: string,
  { server, database, directory }: Place,
): [args: string[], options: CommandOptions] {
  const words = splitWords(line);
  const start = words.indexOf("migrator");
  const env: Record<string, string> = { DATABASE_URL: server.url(database), NO_COLOR: "1" };
  for (const word of words.slice(0, start)) {
    const [name = "", ...value] = word.split("=");
    if (name.startsWith("-")) delete env[name.slice(1)];
    else env[name] = value.join("=");
  }
  return [words.slice(start + 1), { cwd: directory, env }];
}

function answerOf({ status, stdout, stderr }: Finished, { server, database }: Place): string[] {
  const [label = ""] = server.url(database).split("?");
  return [
    ...marked(">", lasting(stdout, label)),
    ...marked("!", lasting(stderr, label)),
    `= ${status}`,
  ];
}

/** Words as a shell splits them: white space, and quotes of both kinds, without escapes. */
function splitWords(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)]
    .map(([word]) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, a, b) => a ?? b));
}

function marked(mark: string, text: string): string[] {
  if (text === "") return [];
  return text.replace(/\n$/, "").split("\n").map((line) => line === "" ? mark : `${mark} ${line}`);
}

const PASSING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "<when>"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d/g, "<when>"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<when>"],
  [/(?<!\d)1[7-9]\d{8}(?!\d)/g, "<now>"],
  [/\b\d+(\.\d)? ms\b|\b\d+\.\d s\b/g, "<time>"],
  [/"milliseconds":\d+/g, '"milliseconds":<time>'],
  [/\b\d+\.\d{3} s\b|\b\d+ s(?= ago)/g, "<time>"],
  [/"rate":\d+(\.\d+)?/g, '"rate":<number>'],
  [/"seconds":\d+/g, '"seconds":<time>'],
  [/(?<=\bpid |"pid":"|pg_terminate_backend\()\d+/g, "<pid>"],
  [/\b\d+ free\b/g, "<number> free"],
  [/\b\d+(\.\d)? MB\b/g, "<size>"],
  [/\bPostgreSQL \d+\.\d+/g, "PostgreSQL <number>"],
  [/(,|(?<=<when>)) by \S+ on [^\s,]+/g, "$1 by <who> on <host>"],
  [/\bby [\w.-]+@[\w.-]+/g, "by <who>"],
  [/"worker":"[^"]*"/g, '"worker":"<who>"'],
  [/"who":"[^"]*"/g, '"who":"<who>"'],
  [/"host":"[^"]*"/g, '"host":"<host>"'],
  [/\b(deno|bun) \d+\.\d+\.\d+/g, "<runtime>"],
  [/\b(linux|darwin)-(x64|arm64)\b/g, "<platform>"],
  // An executable carries migrations of its own, and says so when it is told to use others.
  [/^.*using the migrations in .* instead of those .*\n/gm, ""],
];

/** The text with what differs from run to run replaced by words in angle brackets. */
export function lasting(text: string, server: string): string {
  return PASSING.reduce(
    (left, [pattern, word]) => left.replaceAll(pattern, word),
    text.replaceAll(server, "<server>").replaceAll(VERSION, "<version>"),
  );
}

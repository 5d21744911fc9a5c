/**
 * The command line as its users run it: a process with arguments, an environment and streams.
 *
 * It runs from source under the runtime that runs the tests, or as an executable. The environment is
 * minimal, so that a PGHOST or DATABASE_URL of the machine cannot change what a test says.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Printed, recordFaults } from "../../tools/reference/record.ts";
import { RECORDS } from "../../tools/reference/records.ts";
import { PASSWORD } from "./cluster.ts";
import { type CommandEnd, runInPool } from "./command_pool.ts";

/** How to run it. */
export interface CommandOptions {
  /** Added to PATH, HOME (a directory of its own, empty), TMPDIR and XDG_CACHE_HOME (`cacheHome`). */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: HOME. */
  readonly cwd?: string;
  /** Written to its standard input, which is then closed. Default: empty. */
  readonly stdin?: string;
  /** An executable to run instead of the source; default: what MIGRATOR_TEST_EXECUTABLE names. */
  readonly executable?: string;
  /** Milliseconds until it is killed. Default: a minute. */
  readonly timeout?: number;
  /** A line of bash that starts it as `"$@"`, for tests of its streams. Default: started directly. */
  readonly shell?: string;
}

/** How it ended, and all that it printed. */
export interface Finished extends CommandEnd {
  /** Standard output as JSON, an object per line. @throws {SyntaxError} */
  json(): Record<string, unknown>[];
}

/** One that runs. */
export interface Running {
  readonly pid: number;
  /** Resolves when it has ended, however. */
  readonly finished: Promise<Finished>;
  kill(signal: NodeJS.Signals): void;
  /**
   * Waits for something to be printed, on either stream, and gives the match.
   *
   * @throws {Error} When it ends first; the message holds what it did print.
   */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CLI = path.join(ROOT, "cli.ts");

/** All that it can be made to tell. Tests of what it prints fail with it; none may print a password. */
const LOGGING = { LOG_LEVEL: "debug", DATABASE_QUERY_LOGGING_ENABLED: "true" };

/**
 * Runs it to its end: from source in a process of the pool, which has loaded it already. An executable,
 * or a command that is given input or a shell, has a process of its own.
 */
export async function runMigrator(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Finished> {
  const executable = executableOf(options);
  if (executable !== undefined || (options.stdin ?? options.shell) !== undefined) {
    return await startMigrator(args, options).finished;
  }
  const home = newHome();
  try {
    return finishedOf(
      await runInPool(
        { argv: args, env: environmentOf(options, home), cwd: options.cwd ?? home },
        { runtime: fromSource(), timeout: timeoutOf(options) },
      ),
    );
  } finally {
    fs.rmSync(home, { recursive: true, force: true });
  }
}

/** Starts it in a process of its own, for tests that watch or kill it. */
export function startMigrator(args: readonly string[], options: CommandOptions = {}): Running {
  const home = newHome();
  const executable = executableOf(options);
  const [program, ...before] = executable ? [executable] : [...fromSource(), CLI];
  const words = [program, ...before, ...args] as const;
  const [file, ...rest] = options.shell === undefined
    ? words
    : ["/bin/bash", "-c", options.shell, "bash", ...words] as const;
  const child = spawn(file, rest, {
    cwd: options.cwd ?? home,
    env: environmentOf(options, home),
    stdio: ["pipe", "pipe", "pipe"],
  });
  return watch(child, { home, stdin: options.stdin ?? "", timeout: timeoutOf(options) });
}

function newHome(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), "migrator-home-"));
}

function executableOf({ executable }: CommandOptions): string | undefined {
  return executable ?? (process.env["MIGRATOR_TEST_EXECUTABLE"] || undefined);
}

function timeoutOf({ timeout = 60_000 }: CommandOptions): number {
  return timeout;
}

function environmentOf(options: CommandOptions, home: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: home,
    TMPDIR: os.tmpdir(),
    XDG_CACHE_HOME: cacheHome(),
    ...(executableOf(options) === undefined ? { DENO_DIR: denoDirectory() } : {}),
    ...(process.env["MIGRATOR_TEST_LOGGING"] ? LOGGING : {}),
    ...options.env,
  };
}

function watch(
  child: ChildProcess,
  { home, stdin, timeout }: { home: string; stdin: string; timeout: number },
): Running {
  const texts = { stdout: "", stderr: "" };
  let onText = () => {};
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.setEncoding("utf8");
    child[stream]?.on("data", (chunk: string) => {
      texts[stream] += chunk;
      onText();
    });
  }
  // It may end without having read its input.
  child.stdin?.on("error", () => {});
  child.stdin?.end(stdin);
  // Deno's child.kill works once only, and then reports the signal whatever the status was.
  const kill = (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) process.kill(child.pid!, signal);
  };
  const timer = setTimeout(() => kill("SIGKILL"), timeout);
  const finished = once(child, "close")
    .finally(() => {
      clearTimeout(timer);
      fs.rmSync(home, { recursive: true, force: true });
    })
    .then(([status, signal]) => finishedOf({ status, signal, ...texts }));
  return {
    pid: child.pid ?? 0,
    finished,
    kill,
    printed: (pattern) => {
      const found = () => pattern.exec(texts.stdout) ?? pattern.exec(texts.stderr);
      return new Promise((resolve, reject) => {
        onText = () => {
          const match = found();
          if (match) resolve(match);
        };
        onText();
        finished.then(
          ({ status, stdout, stderr }) =>
            reject(
              new Error(`Ended with ${status} before it printed ${pattern}:\n${stdout}\n${stderr}`),
            ),
          reject,
        );
      });
    },
  };
}

/** @throws {Error} When it printed the password of the servers, or records that are not declared. */
function finishedOf(end: CommandEnd): Finished {
  const { stdout, stderr } = end;
  if ((stdout + stderr).includes(PASSWORD)) {
    throw new Error(`It printed the password:\n${stdout}\n${stderr}`);
  }
  refuseUndeclared(stdout);
  return { ...end, json: () => lines(end) };
}

/** What programs may rely on is what the reference says. A line that was cut off by a kill is none. */
function refuseUndeclared(stdout: string): void {
  const records = stdout.split("\n").filter((line) => /^\{"event":.*\}$/.test(line))
    .map((line) => JSON.parse(line) as Printed);
  const faults = recordFaults(records, RECORDS);
  if (faults.length === 0) return;
  throw new Error(
    "--json printed something else than tools/reference/*_records.ts declare. Declare it there, then " +
      `run: deno task docs\n${faults.join("\n")}`,
  );
}

function lines({ stdout }: { stdout: string }): Record<string, unknown>[] {
  return stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** The program and its first arguments, for tests that start it by something else. */
export function commandLine(): [string, ...string[]] {
  const executable = process.env["MIGRATOR_TEST_EXECUTABLE"];
  return executable ? [executable] : [...fromSource(), CLI];
}

/**
 * What runs a module. A stray `.env` in the working directory is Bun's affair, not ours: executables
 * ignore it too.
 */
function fromSource(): [string, ...string[]] {
  return "deno" in process.versions
    ? [process.execPath, "run", "-A", "-q", "--config", path.join(ROOT, "deno.json")]
    : [process.execPath, "run", "--no-env-file"];
}

/**
 * XDG_CACHE_HOME of the user who runs the tests, for programs that use embedded PostgreSQL: what its
 * initdb makes, in ten seconds, is kept there, and would be made anew in an empty HOME.
 */
export function cacheHome(): string {
  return process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache");
}

/** Deno keeps its caches under HOME, which is a new one for each command. */
export function denoDirectory(): string {
  return process.env["DENO_DIR"] ?? path.join(os.homedir(), ".cache", "deno");
}

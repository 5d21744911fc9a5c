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
import { PASSWORD } from "./cluster.ts";

/** How to run it. */
export interface CommandOptions {
  /** Added to PATH, HOME (a directory of its own, empty) and TMPDIR. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: HOME. */
  readonly cwd?: string;
  /** Written to its standard input, which is then closed. Default: empty. */
  readonly stdin?: string;
  /** An executable to run instead of the source; default: what MIGRATOR_TEST_EXECUTABLE names. */
  readonly executable?: string;
  /** Milliseconds until it is killed. Default: a minute. */
  readonly timeout?: number;
}

/** How it ended, and all that it printed. */
export interface Finished {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
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

/** All that it can be made to tell. Tests of what it prints fail with it; none may print a password. */
const LOGGING = { LOG_LEVEL: "debug", DATABASE_QUERY_LOGGING_ENABLED: "true" };

/** Runs it to its end. */
export function runMigrator(args: readonly string[], options?: CommandOptions): Promise<Finished> {
  return startMigrator(args, options).finished;
}

/** Starts it, for tests that watch or kill it. */
export function startMigrator(args: readonly string[], options: CommandOptions = {}): Running {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-home-"));
  const executable = options.executable ?? process.env["MIGRATOR_TEST_EXECUTABLE"];
  const [program, ...before] = executable ? [executable] : fromSource();
  const child = spawn(program, [...before, ...args], {
    cwd: options.cwd ?? home,
    env: {
      PATH: process.env["PATH"] ?? "/usr/bin:/bin",
      HOME: home,
      TMPDIR: os.tmpdir(),
      ...(executable ? {} : { DENO_DIR: denoDirectory() }),
      ...(process.env["MIGRATOR_TEST_LOGGING"] ? LOGGING : {}),
      ...options.env,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  return watch(child, { home, stdin: options.stdin ?? "", timeout: options.timeout ?? 60_000 });
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
    .then(([status, signal]): Finished => {
      const { stdout, stderr } = texts;
      if ((stdout + stderr).includes(PASSWORD)) {
        throw new Error(`It printed the password:\n${stdout}\n${stderr}`);
      }
      return { status, signal, ...texts, json: () => lines(texts) };
    });
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

function lines({ stdout }: { stdout: string }): Record<string, unknown>[] {
  return stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** The program and its first arguments, for tests that start it by something else. */
export function commandLine(): [string, ...string[]] {
  const executable = process.env["MIGRATOR_TEST_EXECUTABLE"];
  return executable ? [executable] : fromSource();
}

/** A stray `.env` in the working directory is Bun's affair, not ours: executables ignore it too. */
function fromSource(): [string, ...string[]] {
  const cli = path.join(ROOT, "cli.ts");
  return "deno" in process.versions
    ? [process.execPath, "run", "-A", "-q", "--config", path.join(ROOT, "deno.json"), cli]
    : [process.execPath, "run", "--no-env-file", cli];
}

/** Deno keeps its caches under HOME, which is a new one for each command. */
export function denoDirectory(): string {
  return process.env["DENO_DIR"] ?? path.join(os.homedir(), ".cache", "deno");
}

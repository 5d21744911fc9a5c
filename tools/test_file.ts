/**
 * One file of tests, run by Deno or Bun in a process of its own.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { findBun } from "./bun.ts";
import { type Case, readCases } from "./junit.ts";

/** Who runs a file: Deno, Bun, or Deno with the executable in place of the source. */
export type Runner = "deno" | "bun" | "executable";

/** A file to run. */
export interface TestFile {
  readonly runner: Runner;
  /** Relative to the root of the checkout. */
  readonly file: string;
}

/** How it went. */
export interface TestFileResult extends TestFile {
  readonly seconds: number;
  readonly cases: readonly Case[];
  /** All that it printed, on both streams. */
  readonly output: string;
}

/** Minutes after which a file hangs, and is killed. */
const LIMIT = 10;

/** Found once: looking for it starts it. */
let bunProgram: string | undefined;

/** Those that run. */
const children = new Set<ChildProcess>();

/** Ends every file that runs. */
export function killAll(): void {
  for (const child of children) child.kill("SIGKILL");
}

/**
 * Runs all tests of a file, or those that the filter leaves.
 *
 * @returns With a failed case that bears the file's name when the runner failed, but no test of its report.
 */
export async function runTestFile(
  { runner, file }: TestFile,
  { environment, filter }: {
    readonly environment: NodeJS.ProcessEnv;
    readonly filter: string | undefined;
  },
): Promise<TestFileResult> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-report-"));
  const report = path.join(directory, "junit.xml");
  const began = performance.now();
  const [program, ...args] = runner === "bun"
    ? bun({ file, report, filter })
    : deno({ file, report, filter });
  // Not a pipe: what a test leaves running would keep it open.
  const log = path.join(directory, "output");
  const output = fs.openSync(log, "w");
  const child = spawn(program, args, { stdio: ["ignore", output, output], env: environment });
  fs.closeSync(output);
  children.add(child);
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT * 60_000);
  const [status, signal] = await once(child, "exit") as [number | null, string | null];
  clearTimeout(timer);
  children.delete(child);
  const seconds = (performance.now() - began) / 1_000;
  const printed = fs.readFileSync(log, "utf8");
  const cases = fs.existsSync(report) ? readCases(fs.readFileSync(report, "utf8")) : [];
  fs.rmSync(directory, { recursive: true });
  const isExplained = status === 0 || cases.some(({ outcome }) => outcome === "failed");
  const problem = `${runner} ended with ${status ?? signal}, though no test of its report failed`;
  return {
    runner,
    file,
    seconds,
    cases: isExplained
      ? cases
      : [...cases, { name: file, seconds, outcome: "failed", message: `${problem}:\n${printed}` }],
    output: printed,
  };
}

interface Arguments {
  readonly file: string;
  readonly report: string;
  readonly filter: string | undefined;
}

function deno({ file, report, filter }: Arguments): [string, ...string[]] {
  const filters = filter === undefined ? [] : ["--filter", filter];
  // Types are checked once, by `deno task check`, and not again for each file.
  return [process.execPath, "test", "-A", "--no-check", `--junit-path=${report}`, ...filters, file];
}

function bun({ file, report, filter }: Arguments): [string, ...string[]] {
  return [
    bunProgram ??= findBun(),
    "test",
    "--no-env-file",
    `--timeout=${LIMIT * 60_000}`,
    "--reporter=junit",
    `--reporter-outfile=${report}`,
    "--pass-with-no-tests",
    ...(filter === undefined ? [] : ["-t", escapePattern(filter)]),
    // Without the dot Bun takes a path for a pattern.
    path.isAbsolute(file) ? file : `./${path.normalize(file)}`,
  ];
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

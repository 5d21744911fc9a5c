// Pure.
/**
 * What is printed of a run of the suite: a line for each file, and what a reader wants to know at the end.
 *
 * @module
 */

import { countCases } from "./junit.ts";
import type { TestFileResult } from "./test_file.ts";

/** How many of the slowest tests are named. */
const SLOWEST = 20;

/** The line of a file that has ended: ` 12/332   1:05  bun   tests/cli/help_test.ts  34 passed in 1.2 s`. */
export function progressLine(
  { runner, file, seconds, cases }: TestFileResult,
  { done, total, elapsed }: {
    readonly done: number;
    readonly total: number;
    /** Seconds since the run began. */
    readonly elapsed: number;
  },
): string {
  const { passed, failed } = countCases(cases);
  const counter = `${String(done).padStart(String(total).length)}/${total}`;
  const clock = `${Math.floor(elapsed / 60)}:${String(Math.floor(elapsed % 60)).padStart(2, "0")}`;
  const failures = failed > 0 ? `, ${failed} FAILED` : "";
  return `${counter} ${clock.padStart(6)}  ${runner.padEnd(5)} ${file}  ` +
    `${passed} passed${failures} in ${seconds.toFixed(1)} s`;
}

/** The slowest tests of all files, the slowest first. */
export function slowestTests(results: readonly TestFileResult[]): string {
  const tests = results.flatMap(({ runner, file, cases }) =>
    cases.filter(({ outcome }) => outcome !== "skipped").map(({ name, seconds }) => ({
      line: `${runner.padEnd(5)} ${file}: ${name}`,
      seconds,
    }))
  );
  const slowest = tests.sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  const lines = slowest.map(({ line, seconds }) => `${seconds.toFixed(1).padStart(6)} s  ${line}`);
  return ["The slowest tests:", ...lines].join("\n");
}

/** Name and message of each test that failed; empty when none did. */
export function failedTests(results: readonly TestFileResult[]): string {
  return results.flatMap(({ runner, file, cases }) =>
    cases.filter(({ outcome }) => outcome === "failed").map(({ name, message }) =>
      `FAILED: ${runner} ${file}: ${name}\n${message.replaceAll(/^/gm, "  ")}\n`
    )
  ).join("\n");
}

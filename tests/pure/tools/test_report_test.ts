import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Case } from "../../../tools/junit.ts";
import type { TestFileResult } from "../../../tools/test_file.ts";
import { failedTests, progressLine, slowestTests } from "../../../tools/test_report.ts";

const one = (name: string, seconds: number): Case => ({
  name,
  seconds,
  outcome: "passed",
  message: "",
});

const RESULT: TestFileResult = {
  runner: "bun",
  file: "tests/a_test.ts",
  seconds: 61.26,
  cases: [
    one("quick", 0.01),
    { ...one("slow", 60), outcome: "failed", message: "Error: no\n  at x" },
    { ...one("left out", 0), outcome: "skipped" },
  ],
  output: "",
};

describe("a report of the suite", () => {
  test("has a line for each file that has ended", () => {
    assert.equal(
      progressLine(RESULT, { done: 7, total: 332, elapsed: 605.9 }),
      "  7/332  10:05  bun   tests/a_test.ts  1 passed, 1 FAILED in 61.3 s",
    );
  });

  test("names the twenty slowest tests of all files, the slowest first", () => {
    const many = Array.from({ length: 30 }, (_, index) => one(`of ${index} s`, index));
    const lines = slowestTests([RESULT, { ...RESULT, runner: "deno", cases: many }]).split("\n");
    assert.equal(lines.length, 21);
    assert.equal(lines[1], "  60.0 s  bun   tests/a_test.ts: slow");
    assert.equal(lines[2], "  29.0 s  deno  tests/a_test.ts: of 29 s");
    assert.equal(lines[20], "  11.0 s  deno  tests/a_test.ts: of 11 s");
  });

  test("tells name and message of each test that failed", () => {
    assert.equal(
      failedTests([RESULT, RESULT]),
      "FAILED: bun tests/a_test.ts: slow\n  Error: no\n    at x\n\n" +
        "FAILED: bun tests/a_test.ts: slow\n  Error: no\n    at x\n",
    );
  });
});

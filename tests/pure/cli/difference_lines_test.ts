import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { differenceLines } from "../../../src/cli/output/difference_lines.ts";
import { PLAIN } from "../../../src/report/style.ts";

describe("the lines of a difference", () => {
  test("show where two long texts begin to differ", () => {
    const text = (word: string) => `CREATE FUNCTION ${"a ".repeat(200)}${word}${" z".repeat(200)}`;
    const lines = differenceLines({
      change: "different",
      address: "FUNCTION public.f()",
      fields: [{ field: "definition", expected: text("old"), actual: text("new") }],
    }, { style: PLAIN, words: { missing: "is missing", extra: "is extra" } });
    assert.match(lines[1] ?? "", /^ {4}definition: expected …a a .* a old z z .*…$/);
    assert.match(lines[2] ?? "", /^ {19}found …a a .* a new z z .*…$/);
    assert.ok(lines.every((line) => line.length < 200));
  });

  test("show short texts whole, and what one side lacks", () => {
    const lines = differenceLines({
      change: "different",
      address: "TABLE a",
      fields: [{ field: "n", expected: undefined, actual: { type: "text" } }],
    }, { style: PLAIN, words: { missing: "is missing", extra: "is extra" } });
    assert.deepEqual(lines, [
      "~ TABLE a",
      "    n: expected nothing",
      '          found {"type":"text"}',
    ]);
  });
});

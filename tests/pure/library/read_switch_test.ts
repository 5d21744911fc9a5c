import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Failure } from "../../../src/failure.ts";
import { readSwitch } from "../../../src/library/read_switch.ts";

describe("a variable that says yes or no", () => {
  for (
    const [text, wanted] of [
      ["true", true],
      ["1", true],
      ["YES", true],
      [" on ", true],
      ["t", true],
      ["false", false],
      ["0", false],
      ["No", false],
      ["off", false],
      ["", false],
      [undefined, false],
    ] as const
  ) {
    test(`${JSON.stringify(text) ?? "unset"} is ${wanted ? "yes" : "no"}`, () => {
      assert.equal(readSwitch({ RUN: text }, "RUN"), wanted);
    });
  }

  test("is named when it says neither, and what it says is not repeated", () => {
    assert.throws(() => readSwitch({ RUN: "hunter2" }, "RUN"), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, "settings/unreadable-switch");
      assert.match(error.message, /\bRUN\b/);
      assert.doesNotMatch(`${error.message}${error.hint}${JSON.stringify(error.facts)}`, /hunter2/);
      return true;
    });
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  durationSetting,
  limitSetting,
  optionalLimitSetting,
} from "../../../src/config/setting_type.ts";
import {
  DURATION_PATTERN,
  type DurationOptions,
  formatDuration,
  parseDuration,
} from "../../../src/format/duration.ts";

const read = (text: string, options: DurationOptions = {}) => {
  const parsed = parseDuration(text, options);
  return parsed.milliseconds ?? parsed.repair;
};
const EXAMPLES = "write a time such as 500ms, 2s, 5min or 1h30min";

describe("a time", () => {
  const cases: readonly [string, number | string][] = [
    ["250ms", 250],
    ["5s", 5_000],
    [" 5 s ", 5_000],
    ["5min", 300_000],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["1h30min", 5_400_000],
    ["1h30m", 5_400_000],
    ["1d 2h 3min 4s 5ms", 93_784_005],
    ["1.5 h", 5_400_000],
    [".5s", 500],
    ["1500us", 2],
    ["0", 0],
    ["0s", 0],
    ["5", "a number needs its unit: write 5s or 5ms"],
    ["2.5", "a number needs its unit: write 2.5s or 2.5ms"],
    ["100us", "the shortest time is 1ms"],
    ["0.0000001s", "the shortest time is 1ms"],
    ["25d", "the longest time is 24d20h31min23s647ms"],
    ["none", `${EXAMPLES}, or 0`],
    ["30s1h", `${EXAMPLES}, or 0`],
    ["1s1s", `${EXAMPLES}, or 0`],
    ["5 minutes", `${EXAMPLES}, or 0`],
    ["2S", `${EXAMPLES}, or 0`],
    ["-1s", `${EXAMPLES}, or 0`],
    ["1e3s", `${EXAMPLES}, or 0`],
    ["5constructor", `${EXAMPLES}, or 0`],
    ["", `${EXAMPLES}, or 0`],
  ];
  for (const [text, expected] of cases) {
    test(`${JSON.stringify(text)} is ${expected}`, () => assert.equal(read(text), expected));
  }

  test("may be none, where that is a value, and has to be some where there is a limit", () => {
    assert.equal(read("none", { hasNone: true }), 0);
    assert.equal(read("0", { hasNone: true }), 0);
    assert.equal(read("x", { hasNone: true }), `${EXAMPLES}, or none`);
    assert.equal(read("0", { least: 1 }), EXAMPLES);
    assert.equal(read("none", { least: 1 }), EXAMPLES);
    assert.equal(read("9s", { least: 10_000 }), "the shortest time is 10s");
  });

  test("is a number alone in files that were shipped", () => {
    assert.equal(read("5000", { isShipped: true }), 5_000);
    assert.equal(read("0.1", { isShipped: true }), "the shortest time is 1ms");
  });

  test("is written in one way, which is read as the same", () => {
    for (const milliseconds of [1, 250, 5_000, 61_000, 5_400_000, 93_784_005, 2 ** 31 - 1]) {
      assert.equal(read(formatDuration(milliseconds)), milliseconds);
    }
    assert.equal(formatDuration(5_400_000), "1h30min");
    assert.equal(formatDuration(0), "0");
    assert.equal(formatDuration(0, { zero: "none" }), "none");
  });

  test("that is read is one for the JSON Schema, too", () => {
    for (const [text, expected] of cases) {
      if (typeof expected === "number") assert.match(text, new RegExp(DURATION_PATTERN));
    }
    assert.doesNotMatch("5", new RegExp(DURATION_PATTERN));
  });
});

describe("a time in the settings", () => {
  test("has its unit; a lock's limit is never none, a statement's may be", () => {
    assert.deepEqual(["5", "5s", "0"].map(durationSetting.read), [undefined, 5_000, 0]);
    assert.deepEqual(["0", "none", "2s"].map(limitSetting.read), [undefined, undefined, 2_000]);
    assert.deepEqual(["0", "none", "2s"].map(optionalLimitSetting.read), [0, 0, 2_000]);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatBytes } from "../../../src/format/byte_size.ts";
import { formatCount, formatNumber, formatRate } from "../../../src/format/count.ts";
import { formatAge, formatElapsed, formatTimestamp } from "../../../src/format/elapsed_time.ts";

describe("formats for people", () => {
  test("bytes", () => {
    const cases: readonly (readonly [number, string])[] = [
      [0, "0 bytes"],
      [512, "512 bytes"],
      [1_024, "1.0 kB"],
      [870_400, "850 kB"],
      [3_650_722_202, "3.4 GB"],
      [5 * 1_024 ** 5, "5120 TB"],
    ];
    for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
  });

  test("numbers, counts and rates", () => {
    assert.equal(formatNumber(999), "999");
    assert.equal(formatNumber(1_234_567), "1,234,567");
    assert.equal(formatCount(1, "index", "indexes"), "1 index");
    assert.equal(formatCount(3, "index", "indexes"), "3 indexes");
    assert.equal(formatCount(0, "row"), "0 rows");
    assert.equal(formatCount(12_000, "row"), "12,000 rows");
    const rates: readonly (readonly [number, string])[] = [
      [0.25, "0.3/s"],
      [950, "950/s"],
      [12_345, "12.3k/s"],
      [1_200_000, "1.2M/s"],
    ];
    for (const [rate, text] of rates) assert.equal(formatRate(rate), text);
  });

  test("elapsed times, with the next smaller unit where it says something", () => {
    const cases: readonly (readonly [number, string])[] = [
      [0, "0 ms"],
      [0.42, "0.4 ms"],
      [850, "850 ms"],
      [2_400, "2.4 s"],
      [9_980, "10 s"],
      [59_400, "59 s"],
      [59_600, "1 min"],
      [200_000, "3 min 20 s"],
      [300_000, "5 min"],
      [7_500_000, "2 h 5 min"],
    ];
    for (const [milliseconds, text] of cases) assert.equal(formatElapsed(milliseconds), text);
  });

  test("ages in one unit, and moments in UTC", () => {
    const cases: readonly (readonly [number, string])[] = [
      [50, "50 s"],
      [240, "4 min"],
      [25_200, "7 h"],
      [259_200, "3 days"],
    ];
    for (const [seconds, text] of cases) assert.equal(formatAge(seconds), text);
    assert.equal(formatTimestamp("2026-03-01T15:05:09+01:00"), "2026-03-01 14:05:09Z");
  });
});

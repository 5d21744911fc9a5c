import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { byteOffsets, codePointOffset, lineAndColumn } from "../../../src/sql/offsets.ts";

const TEXT = "aé€😀\r\nb";

describe("offsets", () => {
  it("turn bytes into UTF-16 units", () => {
    const offset = byteOffsets(TEXT);
    const given = [0, 1, 3, 6, 10, 11, 12, 13, 99];
    assert.deepEqual(given.map(offset), [0, 1, 2, 3, 5, 6, 7, 8, 8]);
  });

  it("turn code points into UTF-16 units", () => {
    const given = [0, 1, 2, 3, 4, 5, 6, 99];
    assert.deepEqual(given.map((at) => codePointOffset(TEXT, at)), [0, 1, 2, 3, 5, 6, 7, 8]);
  });

  it("become lines and columns, an astral character being one column", () => {
    assert.deepEqual(lineAndColumn(TEXT, 0), { line: 1, column: 1 });
    assert.deepEqual(lineAndColumn(TEXT, 5), { line: 1, column: 5 });
    assert.deepEqual(lineAndColumn(TEXT, 7), { line: 2, column: 1 });
    assert.deepEqual(lineAndColumn("\n\n", 1), { line: 2, column: 1 });
    assert.deepEqual(lineAndColumn("\n\n", 2), { line: 3, column: 1 });
  });
});

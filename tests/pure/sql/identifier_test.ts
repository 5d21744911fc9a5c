import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { quoteIdentifier, quoteLiteral, truncateIdentifier } from "../../../src/sql/identifier.ts";

describe("quoteIdentifier", () => {
  it("keeps every name as it is between quotes", () => {
    assert.equal(quoteIdentifier("order"), '"order"');
    assert.equal(quoteIdentifier('a"b'), '"a""b"');
    assert.equal(quoteIdentifier("Größe 😀"), '"Größe 😀"');
    assert.equal(quoteIdentifier("a\\b"), '"a\\b"');
  });

  it("refuses NUL", () => {
    assert.throws(() => quoteIdentifier("a\0b"), TypeError);
  });
});

describe("quoteLiteral", () => {
  it("doubles quotes", () => {
    assert.equal(quoteLiteral("it's"), "'it''s'");
    assert.equal(quoteLiteral(""), "''");
  });

  it("turns to an escape string as soon as there is a backslash", () => {
    assert.equal(quoteLiteral("a\\'b"), "E'a\\\\''b'");
  });

  it("refuses NUL", () => {
    assert.throws(() => quoteLiteral("\0"), TypeError);
  });
});

describe("truncateIdentifier", () => {
  const cases: readonly [string, string, string][] = [
    ["leaves 63 bytes alone", "a".repeat(63), "a".repeat(63)],
    ["cuts at 63 bytes", "a".repeat(64), "a".repeat(63)],
    ["never cuts a character of two bytes", "é".repeat(32), "é".repeat(31)],
    ["never cuts a character of four bytes", "a" + "😀".repeat(16), "a" + "😀".repeat(15)],
    ["fills up to 63 bytes", "a" + "é".repeat(32), "a" + "é".repeat(31)],
  ];
  for (const [name, given, kept] of cases) {
    it(name, () => assert.equal(truncateIdentifier(given), kept));
  }
});

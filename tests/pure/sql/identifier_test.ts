import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { quoteIdentifier, quoteLiteral } from "../../../src/sql/identifier.ts";

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

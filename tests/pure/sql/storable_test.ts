import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asciiComments } from "../../../src/sql/ascii_comments.ts";
import { fromStorable, mapStrings, storableWith } from "../../../src/sql/storable.ts";

const ascii = storableWith((character) => character > "\x7f");

describe("a text that an encoding lacks characters of", () => {
  const cases: readonly [text: string, kept: string][] = [
    ["plain \\20AC 'quoted'", "plain \\20AC 'quoted'"],
    ["5 €", "U&'5 \\20AC'"],
    ["🏠 it's \\d", "U&'\\+01F3E0 it''s \\\\d'"],
    ["€\\20AC", "U&'\\20AC\\\\20AC'"],
    ["U&'x'", "U&'U&''x'''"],
    ["U&'", "U&'"],
    ["", ""],
  ];
  for (const [text, kept] of cases) {
    test(`${JSON.stringify(text)} is kept as ${kept}, and comes back`, () => {
      assert.equal(ascii(text), kept);
      assert.equal(fromStorable(kept), text);
    });
  }

  test("what an older program kept comes back as it is", () => {
    for (const old of ["für \\20AC", "U&'a", "U&", "it''s"]) assert.equal(fromStorable(old), old);
  });

  test("comes back from any mixture of what is special", () => {
    const parts = ["\\", "'", "U&'", "€", "🏠", "20AC", "+01F3E0", "a", "\n"];
    for (let number = 0; number < parts.length ** 4; number++) {
      const text = [0, 1, 2, 3].map((place) =>
        parts[Math.floor(number / parts.length ** place) % parts.length]
      ).join("");
      assert.equal(fromStorable(ascii(text)), text);
    }
  });

  test("stands anywhere in a JSON value", () => {
    const value = { "ł": ["€", 1, null, { a: true }] };
    const kept = mapStrings(value, ascii);
    assert.doesNotMatch(JSON.stringify(kept), /[^\0-\x7f]/);
    assert.deepEqual(mapStrings(kept, fromStorable), value);
  });
});

test("comments become ASCII, and nothing else", () => {
  const text = "-- €🏠\nSELECT '-- €' /* ł /* € */ */, $$ -- € $$, \"/* € */\" -- ł";
  const sent = asciiComments(text);
  assert.equal(sent, "-- ???\nSELECT '-- €' /* ? /* ? */ */, $$ -- € $$, \"/* € */\" -- ?");
  assert.equal(sent.length, text.length);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withoutLiterals } from "../../../src/sql/without_literals.ts";
import { cpuSeconds } from "../../support/cpu_seconds.ts";

const CASES: readonly (readonly [query: string, shown: string])[] = [
  ["SELECT * FROM t WHERE a = 'secret'", "SELECT * FROM t WHERE a = ?"],
  ["SELECT t1.c2 FROM t1 LIMIT 10", "SELECT t1.c2 FROM t1 LIMIT ?"],
  ["SELECT -1.5e3, .5, 0xFF, $1", "SELECT -?, ?, ?, $1"],
  ["SELECT E'it\\'s', U&'d\\0061t', B'01', X'1F', N'n'", "SELECT ?, ?, ?, ?, N?"],
  ["DO $$ BEGIN PERFORM 'secret'; END $$", "DO ?"],
  ["DO $body$ secret $body$ LANGUAGE plpgsql", "DO ? LANGUAGE plpgsql"],
  ["ALTER ROLE bob PASSWORD 'secret", "ALTER ROLE bob PASSWORD ?"],
  ["DO $$ cut off, secret", "DO ?"],
  ["SELECT 1 -- secret\n  , 2 /* secret */", "SELECT ? , ?"],
  ["SELECT 'one'\n  'secret'", "SELECT ?"],
  ['UPDATE "My Table" SET "a""b" = \'x\'', 'UPDATE "My Table" SET "a""b" = ?'],
  // As a server with standard_conforming_strings off reads it: one string.
  ["SELECT 'it\\'s secret', 1", "SELECT ? …"],
];

describe("a statement without its literals", () => {
  for (const [query, shown] of CASES) {
    test(`${JSON.stringify(query)} is shown as ${JSON.stringify(shown)}`, () => {
      assert.equal(withoutLiterals(query, 200), shown);
    });
  }

  test("is cut at a number of characters, not of halves of them", () => {
    assert.equal(withoutLiterals("SELECT 1 FROM tables", 12), "SELECT ? FR…");
    assert.equal(withoutLiterals('SELECT "🐘🐘🐘🐘🐘"', 12), 'SELECT "🐘🐘🐘…');
  });

  test("of a megabyte is made without reading much of it", () => {
    const text = "SELECT 'a', ".repeat(100_000);
    const seconds = cpuSeconds(() => assert.equal(withoutLiterals(text, 9), "SELECT ?…"));
    // A hundred times what it takes, and a fraction of what it would if each literal cost the text.
    assert.ok(seconds < 20, `${seconds} s`);
  });
});

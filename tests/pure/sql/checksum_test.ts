import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tokenChecksum } from "../../../src/sql/checksum.ts";
import { parseStatements } from "../../../src/sql/script_statements.ts";

async function checksum(text: string): Promise<string> {
  return tokenChecksum(text, await parseStatements(text));
}

describe("tokenChecksum", () => {
  const same: readonly [string, string, string][] = [
    ["white space", "SELECT 1;SELECT 2", "\nSELECT\t1 ;\r\n\r\n SELECT  2"],
    ["comments", "SELECT 1", "-- it's\nSELECT /* $$ */ 1 -- ;"],
    ["the last semicolon and empty statements", "SELECT 1; SELECT 2", ";;SELECT 1;;SELECT 2;"],
    ["white space around operators", "SELECT a=-1", "SELECT a = - 1"],
    ["CRLF in literals and bodies", "SELECT 'a\nb', $$c\nd$$", "SELECT 'a\r\nb', $$c\r\nd$$"],
  ];
  for (const [what, one, other] of same) {
    it(`does not count ${what}`, async () =>
      assert.equal(await checksum(one), await checksum(other)));
  }

  const different: readonly [string, string, string][] = [
    ["where a word ends", "SELECT a b", "SELECT ab"],
    ["where a statement ends", "SELECT 1; VALUES (1)", "VALUES (1); SELECT 1"],
    ["white space in literals", "SELECT 'a b'", "SELECT 'a  b'"],
    ["comments in function bodies", "DO $$ BEGIN -- a\n END $$", "DO $$ BEGIN -- b\n END $$"],
    ["a lone CR in a literal", "SELECT 'a\rb'", "SELECT 'a\nb'"],
    ["quotes", "SELECT 'a'", 'SELECT "a"'],
    ["what looks like a separator", "SELECT 'a', 'b'", "SELECT 'a'', ''b'"],
  ];
  for (const [what, one, other] of different) {
    it(`counts ${what}`, async () => assert.notEqual(await checksum(one), await checksum(other)));
  }

  it("never changes for the same script, because databases keep it", async () => {
    assert.equal(
      await checksum("CREATE TABLE t (\n  id bigint -- key\n);\nSELECT E'\\n', $$x$$, 1.5e3;"),
      "73b5da87f3c73dd6430e48de3d18ed47ec8150d14263a8e1a2c78e3bbb07b89b",
    );
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findPassword } from "../../../src/connection/settings/password_file.ts";

const question = { hosts: ["db.example"], port: 5432, database: "shop", user: "app" };

const CASES: readonly (readonly [line: string, password: string | undefined])[] = [
  ["db.example:5432:shop:app:pw", "pw"],
  ["*:*:*:*:pw", "pw"],
  ["*:*:*:app:pw\r", "pw"],
  ["other:5432:shop:app:pw", undefined],
  ["db.example:5433:shop:app:pw", undefined],
  ["db.example:5432:shop2:app:pw", undefined],
  ["db.example:5432:sho:app:pw", undefined],
  ["db.*:*:*:*:pw", undefined],
  ["#*:*:*:*:pw", undefined],
  ["", undefined],
  ["db.example:5432:shop:app", undefined],
  ["db.example:5432:shop:app:", ""],
  [String.raw`*:*:*:*:a\:b\\c`, "a:b\\c"],
  ["*:*:*:*:a:b", "a"],
  [String.raw`db\.example:*:*:*:pw`, "pw"],
  ["*:*:*:*:pw\\", "pw\\"],
  ["nobody:*:*:*:no\n*:*:*:*:first\n*:*:*:*:second", "first"],
];

describe("a pass file", () => {
  for (const [line, password] of CASES) {
    test(`${JSON.stringify(line)} gives ${JSON.stringify(password)}`, () => {
      assert.equal(findPassword(line, question), password);
    });
  }

  test("an escaped colon matches the colons of an address", () => {
    const line = String.raw`\:\:1:*:*:*:pw`;
    assert.equal(findPassword(line, { ...question, hosts: ["::1"] }), "pw");
  });

  test("the default socket directory has two names", () => {
    const asked = { ...question, hosts: ["/tmp", "localhost"] };
    for (const line of ["/tmp:*:*:*:pw", "localhost:*:*:*:pw", "*:*:*:*:pw"]) {
      assert.equal(findPassword(line, asked), "pw");
      assert.equal(findPassword(`/srv:*:*:*:no\n${line}`, asked), "pw");
    }
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readHeader } from "../../../src/definition/migration/header.ts";
import type { Failure } from "../../../src/failure.ts";

const NOTHING = {
  references: {},
  referencePlaces: new Map(),
  transactionNone: false,
  privileged: false,
  nonIdempotent: false,
};

function read(text: string) {
  const defects: Failure[] = [];
  const header = readHeader(text, { path: "f.sql", report: (defect) => defects.push(defect) });
  return { header, defects };
}

describe("a header", () => {
  it("says what metadata would say", () => {
    const { header, defects } = read(
      [
        "/* a licence */",
        "-- migrator: transaction: none",
        "--migrator:privileged",
        "",
        "-- For people.",
        "-- migrator: nonIdempotent: true\r",
        "-- migrator: lockTimeout: 5s",
        "-- migrator: statementTimeout: 0",
        "-- migrator: irreversible: the rows are gone: see #12  ",
        "SELECT 1;",
      ].join("\n"),
    );
    assert.deepEqual(defects, []);
    assert.deepEqual(header, {
      ...NOTHING,
      transactionNone: true,
      privileged: true,
      nonIdempotent: true,
      lockTimeout: 5000,
      statementTimeout: 0,
      irreversible: { reason: "the rows are gone: see #12", line: 9 },
    });
  });

  it("may say that something is not so", () => {
    assert.deepEqual(read("-- migrator: privileged: false").header, NOTHING);
  });

  const nowhere: readonly [string, string][] = [
    ["a string", "SELECT '\n-- migrator: privileged\n'"],
    ["a block comment", "/*\n-- migrator: privileged\n*/ SELECT 1"],
    ["a function", "DO $$\n-- migrator: privileged\n$$"],
    ["a sentence further down", "SELECT 1;\n-- migrator: runs this twice"],
    ["a comment that only mentions it", "-- the migrator: privileged"],
  ];
  for (const [where, text] of nowhere) {
    it(`is not found in ${where}`, () => {
      assert.deepEqual(read(text), { header: NOTHING, defects: [] });
    });
  }

  const refused: readonly [string, string, string, string][] = [
    ["-- migrator: privilegd", "unknown-key", "1:14", "Did you mean `privileged`?"],
    ["\n-- migrator: release: a", "unknown-key", "2:14", "known keys are transaction, privileged"],
    ["-- migrator: queues: a,", "wrong-type", "1:14", "queues: copy_ids"],
    ["-- migrator: deletes: [{ name: a, more: 1 }]", "wrong-type", "1:14", "deletes: copy_ids"],
    ["-- migrator: privileged, nonIdempotent", "unknown-key", "1:14", "one key a line"],
    ["-- migrator:", "unknown-key", "1:13", "one key a line"],
    ["-- migrator: needs care", "unknown-key", "1:14", "must not begin with `migrator:`"],
    ["-- migrator: transaction: single", "wrong-type", "1:14", "`-- migrator: transaction: none`"],
    ["-- migrator: privileged: yes", "wrong-type", "1:14", "remove the line"],
    ["-- migrator: lockTimeout: soon", "wrong-type", "1:14", "`5min`"],
    ["-- migrator: lockTimeout", "wrong-type", "1:14", "`5min`"],
    ["-- migrator: irreversible:", "wrong-type", "1:14", "Write the reason"],
    ["-- migrator: privileged\n-- migrator: privileged", "unreadable-metadata", "2:14", "Remove"],
    ["SELECT 1;\n-- migrator: privileged", "misplaced-header", "2:14", "top of the file"],
  ];
  for (const [text, code, place, hint] of refused) {
    it(`is refused for ${JSON.stringify(text)}`, () => {
      const { defects } = read(text);
      assert.deepEqual(defects.map((one) => one.code), [`definition/${code}`]);
      assert.equal(`${defects[0]!.place!.line}:${defects[0]!.place!.column}`, place);
      assert.ok(defects[0]!.hint!.includes(hint), defects[0]!.hint);
    });
  }
});

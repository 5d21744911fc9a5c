import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { progressOf } from "../../../src/background/status/progress.ts";
import { waitsBehind } from "../../../src/background/status/waits_behind.ts";
import { leaseOf } from "../../../src/background/worker/lease.ts";
import type { Job } from "../../../src/background/state/rows.ts";
import { isExactNumber } from "../../../src/definition/batched/exact_number.ts";
import { jobArguments } from "../../../src/cli/commands/background/options.ts";
import { clip } from "../../../src/cli/output/clip.ts";
import { shellWord } from "../../../src/format/shell_word.ts";
import { declared, template } from "../../support/background.ts";
import { standing } from "../../support/progress_snapshot.ts";

describe("how far a batched migration is", () => {
  test("one that was finished and then deleted is done", () => {
    const finishedAt = "2026-03-01T11:00:00Z";
    assert.equal(progressOf(standing({ status: "deleted", finishedAt, done: 990_000 })), 1);
    assert.equal(progressOf(standing({ status: "deleted", done: 500_000 })), 0.5);
  });

  test("one waits behind another of its table, unless that is paused or held", () => {
    const first = standing({ id: "9" });
    const second = standing({ id: "10" });
    assert.equal(waitsBehind(second, [first, second])?.id, "9");
    assert.equal(waitsBehind(first, [first, second]), undefined);
    const held = { ...first, held: { reason: "lag", until: "2026-03-01T11:00:00Z" } };
    for (
      const other of [held, { ...first, status: "paused" as const }, { ...first, table: "x" }]
    ) assert.equal(waitsBehind(second, [other, second]), undefined);
  });
});

describe("the lease of a batch", () => {
  test("is longer than all statements of a sub-batch together", () => {
    const of = (sql: readonly string[]) => {
      const declaration = declared({
        table: "t",
        sql: sql.map(template),
        statementTimeout: 20_000,
      });
      return leaseOf({ migration: { declaration, direction: "up", pauseMs: 100 } } as Job);
    };
    assert.ok(of(["UPDATE"]) > 2 * 20_000);
    assert.ok(of(["UPDATE", "DELETE", "INSERT"]) > 4 * 20_000);
  });
});

describe("numbers in arguments", () => {
  test("keep all their digits, or are refused", () => {
    for (const exact of ["0", "-7", "1.50", "0.1", "1e3", "100000", "9007199254740992", "00.5"]) {
      assert.ok(isExactNumber(exact), exact);
    }
    for (
      const rounded of ["9007199254740993", "0.12345678901234567", "1e-400", "-123456789.123456789"]
    ) assert.ok(!isExactNumber(rounded), rounded);
    assert.deepEqual(jobArguments('{"a": 1.5, "b": ["9007199254740993"]}'), {
      a: 1.5,
      b: ["9007199254740993"],
    });
    assert.throws(
      () => jobArguments('{"b": 9007199254740993}'),
      /9007199254740993 would be rounded to 9007199254740992/,
    );
  });
});

test("a line is cut to the columns of a terminal, with its colours", () => {
  assert.equal(clip("\x1b[31mred\x1b[39m and blue", 5), "\x1b[31mred\x1b[39m a");
  assert.equal(clip("short", 80), "short");
});

test("a word for a shell is quoted where it must be", () => {
  assert.equal(shellWord("rows.sql"), "rows.sql");
  assert.equal(shellWord(`{"a":"it's"}`), `'{"a":"it'\\''s"}'`);
});

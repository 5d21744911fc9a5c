import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { StopCondition } from "../../../src/background/worker/worker.ts";
import { judgeUnfinished } from "../../../src/cli/commands/background/doctor_check.ts";
import { outcomeOf } from "../../../src/cli/commands/background/outcome.ts";
import { standing } from "../../support/progress_snapshot.ts";

const held = standing({ held: { reason: "a standby is behind", until: undefined } });
const paused = standing({ status: "paused" });
const failed = standing({ status: "failed", failure: "no such column" });
const finished = standing({ status: "finished", finishedAt: "2026-03-01T11:00:00Z" });

describe("what is left when workers have ended", () => {
  const cases:
    readonly (readonly [StopCondition, number, readonly unknown[], RegExp | undefined])[] = [
      ["done", 3, [finished], undefined],
      ["done", 3, [finished, failed], /^background\/failed .*no such column.* -> See what: /],
      ["done", 3, [paused, failed], /^background\/failed /],
      [
        "done",
        3,
        [paused],
        /^background\/unfinished .*is paused \(50 %.* -> .* resume 3 --db shop/,
      ],
      ["once", 1, [paused, held], undefined],
      ["once", 0, [held], /^background\/unfinished .*is held: a standby is behind .* show 3/],
      ["once", 1, [failed], /^background\/failed /],
      ["forever", 0, [paused], undefined],
    ];
  for (const [until, batches, standings, expected] of cases) {
    const names = (standings as readonly (typeof held)[]).map(({ status }) => status).join(", ");
    test(`${until}, ${batches} batches done, ${names}: ${expected ?? "is well"}`, () => {
      const given = standings as readonly (typeof held)[];
      const failure = outcomeOf({ database: "shop", until, batches, snapshots: given });
      if (expected === undefined) assert.equal(failure, undefined);
      else assert.match(`${failure?.code} ${failure?.message} -> ${failure?.hint}`, expected);
    });
  }
});

describe("doctor's word about batched migrations", () => {
  const of = { history: { schema: "migrator", database: "shop" } };
  const cases = [
    [{}, []],
    [{ active: 2 }, ["ok 2 active"]],
    [{ paused: 1, active: 1 }, ["warn 1 paused, 1 active"]],
    [{ failed: 1, paused: 1 }, ["warn 1 failed, 1 paused"]],
  ] as const;
  for (const [unfinished, said] of cases) {
    test(said.join() || "is none where all are finished", () => {
      const results = judgeUnfinished(unfinished, of);
      assert.deepEqual(results.map(({ level, found }) => `${level} ${found}`), said);
      assert.ok(results.every(({ level, next }) => (level === "ok") === (next === undefined)));
    });
  }
});

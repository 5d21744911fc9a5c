import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Explained,
  planLines,
  readExplained,
} from "../../../src/background/forecast/explained.ts";
import { assessBody } from "../../../src/background/forecast/assess_plan.ts";
import { compareStates } from "../../../src/background/trial/compare_states.ts";
import type { TableState } from "../../../src/background/trial/database_state.ts";
import { seededRandom } from "../../../src/seeded_random.ts";

type Rows = TableState["rows"];

const NOW = Date.parse("2026-05-01T00:00:00Z");

function state(rows: Rows, key: readonly string[] = ["id"]) {
  return new Map([["public.t", { key, moments: ["at"], rows }]]);
}

describe("comparing what came out", () => {
  const differences = (wanted: Rows, found: Rows, ignore: readonly string[] = [], key = ["id"]) =>
    compareStates(state(wanted, key), state(found, key), { ignore, since: NOW })
      .map(({ key, kind, columns }) =>
        [
          kind,
          Object.values(key).join(),
          ...columns.map((one) => `${one.name}: ${one.wanted} / ${one.found}`),
        ].join(" ")
      );

  test("finds what is missing, what is extra, and what is another value", () => {
    const cases: readonly (readonly [Rows, Rows, readonly string[]])[] = [
      [[{ id: "1", v: "a" }], [{ id: "1", v: "a" }], []],
      [[{ id: "1", v: "a" }], [], ["missing 1"]],
      [[], [{ id: "1", v: "a" }], ["extra 1"]],
      [[{ id: "1", v: "a" }], [{ id: "1", v: null }], ["changed 1 v: a / null"]],
      // Digits that a number would lose.
      [
        [{ id: "9007199254740993" }],
        [{ id: "9007199254740992" }],
        ["missing 9007199254740993", "extra 9007199254740992"],
      ],
    ];
    for (const [wanted, found, expected] of cases) {
      assert.deepEqual(differences(wanted, found), expected);
    }
  });

  test("counts equal rows where there is no key", () => {
    const row = { v: "a" };
    assert.deepEqual(differences([row, row], [row], [], []), ["missing a"]);
    assert.deepEqual(differences([row], [row, row, row], [], []), ["extra a", "extra a"]);
  });

  test("does not count when something was done, nor what is to be ignored", () => {
    const at = (moment: string, v = "a") => [{ id: "1", at: moment, v }];
    const [before, then, later] = [
      "2024-01-01",
      "2026-05-01T10:00:00+00:00",
      "2026-05-01T10:00:01+00:00",
    ];
    assert.deepEqual(differences(at(then!), at(later!)), []);
    assert.equal(differences(at(before!), at(later!)).length, 1);
    assert.deepEqual(differences(at(then!, "x"), at(then!, "y"), ["v"]), []);
    assert.deepEqual(differences(at(then!, "x"), at(then!, "y"), ["t.v"]), []);
    assert.equal(differences(at(then!, "x"), at(then!, "y"), ["other.v"]).length, 1);
  });
});

describe("chance that can be repeated", () => {
  test("is the same for a seed, another for another, and all over", () => {
    const drawn = (seed: number) => {
      const random = seededRandom(seed);
      return Array.from({ length: 1_000 }, random);
    };
    assert.deepEqual(drawn(7), drawn(7));
    assert.notDeepEqual(drawn(7), drawn(8));
    for (const part of [0, 1, 2, 3]) {
      const count = drawn(7).filter((one) => Math.floor(one * 4) === part).length;
      assert.ok(count > 200 && count < 300, `${part}: ${count}`);
    }
  });
});

describe("judging a plan", () => {
  const scan = (relation: string, more: object = {}) => ({
    "Node Type": "Seq Scan",
    "Schema": "public",
    "Relation Name": relation,
    "Plan Rows": 10,
    "Total Cost": 1,
    ...more,
  });
  const explained = (...plans: object[]): Explained =>
    readExplained(JSON.stringify([{
      Plan: { "Node Type": "Nested Loop", "Plan Rows": 500, "Total Cost": 9, Plans: plans },
    }]));
  const MB = 1024 * 1024;
  const bytes = new Map([["public.walked", 50 * MB], ["public.big", 20 * MB], [
    "public.small",
    MB,
  ]]);
  const outer = scan("outer", { "Parent Relationship": "Outer", "Plan Rows": 500 });
  const inner = (relation: string) => scan(relation, { "Parent Relationship": "Inner" });
  const kept = { ...inner("small"), "Node Type": "Materialize", Plans: [scan("small")] };

  for (
    const [name, plans, expected] of [
      ["nothing of what is small and read once", [scan("small")], []],
      ["what is large", [scan("big")], ["refuse plan-seq-scan"]],
      ["the table that is walked", [scan("walked")], ["refuse plan-seq-scan"]],
      ["what is read again for each row", [outer, inner("small")], ["refuse plan-nested-scan"]],
      ["nothing of what is kept in memory", [outer, kept], []],
    ] as const
  ) {
    test(`refuses ${name}`, () => {
      const { root } = explained(...plans);
      const found = assessBody(root, { bytes, walked: new Set(["public.walked"]) });
      assert.deepEqual(
        found.map(({ level, code }) => `${level} ${code.replace("background/", "")}`),
        expected,
        planLines(root).join("\n"),
      );
    });
  }
});

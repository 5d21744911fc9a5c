import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type DownTarget, planDown, planRedo, planUndo } from "../../../src/plan/down.ts";
import type { Failure } from "../../../src/failure.ts";
import { outcome, situation } from "./plan_input.ts";

/** 1 ─ 2 ─ 4, 1 ─ 3 ─ 4, and 3 ─ 5. */
const DIAMOND = { 1: [], 2: [1], 3: [1], 4: [2, 3], 5: [3] };
const APPLIED = { 1: "applied", 2: "applied", 3: "applied", 4: "applied", 5: "applied" } as const;

const targets = (...versions: bigint[]): DownTarget => ({ kind: "targets", versions });
const last = (count: number): DownTarget => ({ kind: "count", count });

const CASES: readonly {
  readonly what: string;
  readonly states?: Parameters<typeof situation>[1];
  readonly special?: Parameters<typeof situation>[2];
  readonly to: DownTarget;
  readonly plan: string;
}[] = [
  { what: "the last one", to: last(1), plan: "-5" },
  { what: "the last three", to: last(3), plan: "-5 -4 -3" },
  { what: "more than there are", to: last(99), plan: "-5 -4 -3 -2 -1" },
  {
    what: "the last one that is applied",
    states: { 1: "applied", 2: "applied" },
    to: last(1),
    plan: "-2",
  },
  { what: "nothing, when nothing is applied", states: {}, to: last(2), plan: "" },
  { what: "all that is built on the root", to: targets(1n), plan: "-5 -4 -3 -2" },
  { what: "all that is built on a branch", to: targets(3n), plan: "-5 -4" },
  { what: "all that is built on either of two", to: targets(2n, 3n), plan: "-5 -4" },
  { what: "nothing on a leaf", to: targets(5n), plan: "" },
  { what: "what is built on one target but is the other", to: targets(1n, 4n), plan: "-5 -3 -2" },
  {
    what: "what is applied above a gap",
    states: { ...APPLIED, 2: "reverted", 3: "reverted" },
    to: targets(1n),
    plan: "-5 -4",
  },
  { what: "an unknown target", to: targets(9n), plan: "plan/unknown-target" },
  {
    what: "an irreversible one on the way",
    special: { 3: { irreversible: "gone" } },
    to: targets(1n),
    plan: "plan/irreversible",
  },
  {
    what: "an irreversible one that stays",
    special: { 3: { irreversible: "gone" } },
    to: targets(3n),
    plan: "-5 -4",
  },
  {
    what: "one without a way back",
    special: { 5: { hasDown: false } },
    to: last(1),
    plan: "plan/irreversible",
  },
  {
    what: "a concurrent drop that was cut off, again and before all else",
    states: { ...APPLIED, 5: "dirty down" },
    special: { 5: { index: "i" } },
    to: last(1),
    plan: "-5",
  },
  {
    what: "a concurrent build that was cut off",
    states: { ...APPLIED, 5: "dirty" },
    special: { 5: { index: "i" } },
    to: last(2),
    plan: "-5 -4",
  },
  {
    what: "what comes before one that was cut off and needs a person",
    states: { ...APPLIED, 5: "dirty down" },
    to: last(1),
    plan: "history/dirty",
  },
  {
    what: "a dirty one that is to go",
    states: { ...APPLIED, 4: "dirty down" },
    to: targets(3n),
    plan: "history/dirty",
  },
  {
    what: "what a dirty one is built on",
    states: { ...APPLIED, 4: "dirty" },
    to: targets(1n),
    plan: "history/dirty",
  },
  {
    what: "what a dirty one is not built on",
    states: { ...APPLIED, 4: "dirty" },
    to: last(1),
    plan: "-5",
  },
  {
    what: "what nobody has a definition of",
    states: { ...APPLIED, 9: "applied" },
    to: last(1),
    plan: "history/definition-missing",
  },
];

describe("the way back", () => {
  for (const { what, states = APPLIED, special = {}, to, plan } of CASES) {
    test(`plans for ${what}: ${plan || "nothing"}`, () => {
      assert.equal(outcome(() => planDown(situation(DIAMOND, states, special), to)), plan);
    });
  }

  test("never takes back a migration before one that is built on it", () => {
    for (let mask = 0; mask < 32; mask++) {
      const states = Object.fromEntries(
        [1, 2, 3, 4, 5].filter((v) => mask & (1 << (v - 1))).map((v) => [v, "applied" as const]),
      );
      for (const to of [last(2), last(5), targets(1n), targets(3n)]) {
        const { steps } = planDown(situation(DIAMOND, states), to);
        const gone = new Set<bigint>();
        for (const { definition } of steps) {
          gone.add(definition.version);
          for (const [child, parents] of Object.entries(DIAMOND)) {
            const isApplied = states[Number(child)] && !gone.has(BigInt(child));
            const isParent = (parents as number[]).includes(Number(definition.version));
            assert.ok(!(isApplied && isParent), `${mask}: ${definition.version} before ${child}`);
          }
        }
      }
    }
  });
});

describe("undo and redo", () => {
  const cases = [
    { what: "the only leaf", states: { 1: "applied", 2: "applied" }, undo: "-2", redo: "-2 +2" },
    { what: "the root", states: { 1: "applied" }, undo: "-1", redo: "-1 +1" },
    { what: "nothing", states: {}, undo: "", redo: "" },
    {
      what: "two leaves",
      states: APPLIED,
      undo: "plan/ambiguous-undo",
      redo: "plan/ambiguous-undo",
    },
    {
      what: "one built on the other over a gap",
      states: { 1: "applied", 4: "applied" },
      undo: "-4",
      redo: "-4 +4",
    },
    {
      what: "a leaf after a failed one",
      states: { 1: "applied", 2: "failed" },
      undo: "-1",
      redo: "-1 +1",
    },
    {
      what: "a leaf below a dirty one",
      states: { 1: "applied", 2: "dirty" },
      undo: "history/dirty",
      redo: "history/dirty",
    },
  ] as const;
  for (const { what, states, undo, redo } of cases) {
    test(`plan for ${what}: ${undo || "nothing"}`, () => {
      assert.equal(outcome(() => planUndo(situation(DIAMOND, states))), undo);
      assert.equal(outcome(() => planRedo(situation(DIAMOND, states))), redo);
    });
  }

  test("name all candidates when there are several", () => {
    assert.throws(() => planUndo(situation(DIAMOND, APPLIED)), (error: Failure) => {
      assert.deepEqual(error.facts["candidates"], ["4", "5"]);
      assert.match(error.message, /4 \(m4\), 5 \(m5\)/);
      return true;
    });
  });
});

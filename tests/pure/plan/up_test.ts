import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Failure } from "../../../src/failure.ts";
import { planUp } from "../../../src/plan/up.ts";
import { outcome, situation } from "./plan_input.ts";

/** 1 ─ 2 ─ 4, 1 ─ 3 ─ 4, and 3 ─ 5. */
const DIAMOND = { 1: [], 2: [1], 3: [1], 4: [2, 3], 5: [3] };

const CASES: readonly {
  readonly what: string;
  readonly states: Parameters<typeof situation>[1];
  readonly targets?: readonly bigint[];
  readonly plan: string;
}[] = [
  { what: "everything, when nothing is there", states: {}, plan: "+1 +2 +3 +4 +5" },
  { what: "nothing, when everything is there", states: all("applied"), plan: "" },
  {
    what: "what is missing below what is applied",
    states: { 1: "applied", 4: "applied" },
    plan: "+2 +3 +5",
  },
  {
    what: "a root that is missing below its children",
    states: { 2: "applied" },
    plan: "+1 +3 +4 +5",
  },
  { what: "what was reverted", states: { ...all("applied"), 2: "reverted" }, plan: "+2" },
  { what: "what had failed", states: { 1: "applied", 2: "failed" }, plan: "+2 +3 +4 +5" },
  { what: "a target and its ancestors", states: {}, targets: [4n], plan: "+1 +2 +3 +4" },
  { what: "another target", states: {}, targets: [5n], plan: "+1 +3 +5" },
  { what: "two targets, in graph order", states: {}, targets: [5n, 2n], plan: "+1 +2 +3 +5" },
  {
    what: "nothing for a target that is there",
    states: { 1: "applied", 2: "applied" },
    targets: [2n],
    plan: "",
  },
  {
    what: "what a target that is there lacks",
    states: { 4: "applied" },
    targets: [4n],
    plan: "+1 +2 +3",
  },
  { what: "an unknown target", states: {}, targets: [9n], plan: "plan/unknown-target" },
  { what: "something dirty", states: { 1: "applied", 2: "dirty" }, plan: "history/dirty" },
  {
    what: "something dirty on the way down",
    states: { 1: "applied", 2: "dirty down" },
    plan: "history/dirty",
  },
  { what: "something running", states: { 1: "applied", 2: "running" }, plan: "history/dirty" },
  {
    what: "a target that does not need the dirty one",
    states: { 2: "dirty" },
    targets: [5n],
    plan: "+1 +3 +5",
  },
  {
    what: "a target that needs the dirty one",
    states: { 2: "dirty" },
    targets: [4n],
    plan: "history/dirty",
  },
  {
    what: "what only the database knows is left alone",
    states: { ...all("applied"), 9: "applied" },
    plan: "",
  },
  {
    what: "something dirty that only the database knows",
    states: { ...all("applied"), 9: "dirty" },
    plan: "",
  },
];

function all(state: "applied") {
  return { 1: state, 2: state, 3: state, 4: state, 5: state };
}

describe("the way up", () => {
  for (const { what, states, targets, plan } of CASES) {
    test(`plans for ${what}: ${plan || "nothing"}`, () => {
      assert.equal(outcome(() => planUp(situation(DIAMOND, states), targets)), plan);
    });
  }

  test("repeats a lone concurrent build that was cut off, and nothing else that is dirty", () => {
    const list = { 1: [], 2: [1] };
    const plan = (state: "dirty" | "running" | "dirty down", index: string | undefined) =>
      outcome(() =>
        planUp(situation(list, { 1: "applied", 2: state }, index ? { 2: { index } } : {}))
      );
    assert.equal(plan("dirty", "i"), "+2");
    assert.equal(plan("running", "i"), "+2");
    assert.equal(plan("dirty", undefined), "history/dirty");
    assert.equal(plan("dirty down", "i"), "+2");
  });

  test("guesses at the version that a wrong target may have meant", () => {
    const wrong = (version: bigint) => {
      try {
        planUp(situation({ 1650000100: [], 1650000200: [1650000100] }), [version]);
      } catch (error) {
        return (error as Failure).hint;
      }
      return "";
    };
    assert.equal(wrong(200n), "Did you mean 1650000200?");
    assert.equal(wrong(16500002n), "Did you mean 1650000200?");
    assert.match(wrong(7n) ?? "", /migrator status --db app/);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readiness } from "../../../src/plan/readiness.ts";
import { situation } from "./plan_input.ts";

const CHAIN = { 1: [], 2: [1], 3: [2] };

const CASES: readonly {
  readonly what: string;
  readonly states: Parameters<typeof situation>[1];
  readonly reason: string;
  readonly why?: RegExp;
}[] = [
  { what: "all applied", states: { 1: "applied", 2: "applied", 3: "applied" }, reason: "ready" },
  {
    what: "all applied, and more by a newer program",
    states: { 1: "applied", 2: "applied", 3: "applied", 9: "applied" },
    reason: "ready 9",
  },
  {
    what: "all applied, and a newer one cut off or under way: not this program's business",
    states: { 1: "applied", 2: "applied", 3: "applied", 8: "dirty", 9: "running" },
    reason: "ready",
  },
  {
    what: "one that is missing below what is applied",
    states: { 1: "applied", 3: "applied" },
    reason: "pending",
    why: /^1 of 3 migrations are not applied; the next is 2 \(m2\)$/,
  },
  {
    what: "one that was taken back",
    states: { 1: "applied", 2: "applied", 3: "reverted down" },
    reason: "pending",
  },
  {
    what: "one whose last attempt was rolled back",
    states: { 1: "applied", 2: "failed" },
    reason: "pending",
  },
  {
    what: "a dirty one, whatever else is missing",
    states: { 1: "applied", 3: "dirty" },
    reason: "dirty",
    why: /attempt at 3 \(m3\)/,
  },
  {
    what: "one that is being run",
    states: { 1: "applied", 2: "running" },
    reason: "running",
    why: /2 \(m2\) is being run/,
  },
];

describe("readiness", () => {
  for (const { what, states, reason, why } of CASES) {
    test(`${reason}: ${what}`, () => {
      const found = readiness(situation(CHAIN, states));
      assert.equal(found.ready ? ["ready", ...found.newer].join(" ") : found.reason, reason);
      if (why) assert.match(found.ready ? "" : found.why, why);
    });
  }

  test("no-history: our tables are not there", () => {
    const { graph } = situation(CHAIN);
    const history = { installed: false, durable: true, versions: new Map() };
    const found = readiness({ database: "app", graph, history });
    assert.equal(found.ready ? "" : found.reason, "no-history");
  });
});

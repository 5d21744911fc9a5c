import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildGraph } from "../../../src/graph/graph.ts";
import {
  planRollback,
  planUpgrade,
  squashedVersions,
  wayBack,
} from "../../../src/plan/rollback.ts";
import { definition, outcome, situation } from "./plan_input.ts";

/** 1 ─ 2 ─ 4 ─ 5, and 2 ─ 3, which was backported. */
const GRAPH = { 1: [], 2: [1], 3: [2], 4: [2], 5: [4] };
const ALL = { 1: "applied", 2: "applied", 3: "applied", 4: "applied", 5: "applied" } as const;

const CASES: readonly {
  readonly what: string;
  readonly states?: Parameters<typeof situation>[1];
  readonly special?: Parameters<typeof situation>[2];
  readonly contents: readonly number[];
  readonly back: string;
  readonly forward: string;
}[] = [
  { what: "the release that is there", contents: [1, 2, 3, 4, 5], back: "", forward: "" },
  { what: "an older one, children first", contents: [1, 2], back: "-5 -4 -3", forward: "" },
  {
    what: "a patch release that lacks what came before it",
    states: { 1: "applied", 2: "applied", 4: "applied" },
    contents: [1, 2, 3],
    back: "-4 +3",
    forward: "+3",
  },
  {
    what: "a release with a gap, which is filled and not assumed",
    states: { 1: "applied", 4: "applied", 5: "applied" },
    contents: [1, 2, 4],
    back: "-5 +2",
    forward: "+2",
  },
  {
    what: "what failed and was rolled back is not in the database",
    states: { ...ALL, 4: "reverted", 5: "failed" },
    contents: [1, 2, 3],
    back: "",
    forward: "",
  },
  {
    what: "a half-built index that can be dropped",
    states: { 1: "applied", 2: "dirty" },
    special: { 2: { index: "i" } },
    contents: [1],
    back: "-2",
    forward: "",
  },
  {
    what: "a dirty migration",
    states: { 1: "applied", 2: "dirty" },
    contents: [1],
    back: "history/dirty",
    forward: "",
  },
  {
    what: "an irreversible migration on the way",
    states: ALL,
    special: { 4: { irreversible: "rows are gone" } },
    contents: [1, 2],
    back: "plan/irreversible",
    forward: "",
  },
  {
    what: "an irreversible migration that stays",
    states: ALL,
    special: { 4: { irreversible: "rows are gone" } },
    contents: [1, 2, 3, 4],
    back: "-5",
    forward: "",
  },
  { what: "another product", contents: [7, 8], back: "plan/other-release", forward: "" },
  { what: "a new database", states: {}, contents: [1, 2], back: "+1 +2", forward: "+1 +2" },
  {
    what: "something that nobody has a definition of",
    states: { ...ALL, 9: "applied" },
    contents: [1, 2],
    back: "history/definition-missing",
    forward: "",
  },
];

describe("the way to a release", () => {
  for (const { what, states = ALL, special, contents, back, forward } of CASES) {
    test(what, () => {
      const input = situation(GRAPH, states, special);
      const versions = new Set(contents.map(BigInt));
      assert.equal(outcome(() => planRollback(input, versions)), back);
      assert.equal(outcome(() => planUpgrade(input, versions)), forward);
    });
  }

  test("shows every step and every obstacle, also behind the first", () => {
    const input = situation(GRAPH, ALL, {
      3: { hasDown: false },
      5: { irreversible: "rows are gone" },
    });
    const { steps } = wayBack(input, new Set([1n, 2n]));
    assert.deepEqual(
      steps.map(({ definition: { version }, obstacles }) =>
        [version, obstacles.map(({ code }) => code)] as const
      ),
      [[5n, ["plan/irreversible"]], [4n, []], [3n, ["plan/irreversible"]]],
    );
  });
});

describe("what a squash has replaced", () => {
  // 1 to 4 were squashed into 3 and 4: 3 is the new root, and 4 has other contents.
  const { history } = situation({}, { ...ALL, 6: "applied" });
  const storedParents = new Map([[1n, []], [2n, [1n]], [3n, [2n]], [4n, [3n]], [5n, [4n]], [6n, [
    5n,
  ]]]);
  const carriedBy = (parents: Readonly<Record<number, readonly number[]>>) =>
    buildGraph(
      Object.entries(parents).map(([version, list]) => definition(Number(version), list)),
      { database: "app" },
    );

  test("belongs to the release: its ancestors as they were applied", () => {
    const squashed = squashedVersions(carriedBy({ 3: [], 4: [3] }), { history, storedParents });
    assert.deepEqual([...squashed].sort(), [1n, 2n]);
  });

  test("is nothing where nothing was squashed, whatever a newer release is built on", () => {
    const reparented = new Map([...storedParents, [2n, [6n]]]);
    const carried = carriedBy({ 1: [], 2: [1], 3: [2], 4: [3] });
    assert.deepEqual([...squashedVersions(carried, { history, storedParents: reparented })], []);
  });
});

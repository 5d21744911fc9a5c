import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Code, Failure, Failures } from "../../../src/failure.ts";
import { buildGraph } from "../../../src/graph/graph.ts";

function nodes(parentsOf: Readonly<Record<string, readonly number[]>>) {
  return Object.entries(parentsOf).map(([version, parents]) => ({
    version: BigInt(version),
    parents: parents.map(BigInt),
  }));
}

function codesOf(action: () => unknown): Code[] {
  try {
    action();
  } catch (error) {
    if (error instanceof Failures) return error.failures.map(({ code }) => code);
    if (error instanceof Failure) return [error.code];
    throw error;
  }
  return [];
}

const OPTIONS = { database: "frontend" };

/** 1 before 5 and 9; 9 before 3; 5 and 3 before 4; 7 apart from them after 1. */
const DIAMOND = nodes({ 1: [], 3: [9], 4: [3, 5], 5: [1], 7: [1], 9: [1] });

describe("buildGraph", () => {
  it("puts parents before children and smaller versions first among equals", () => {
    const graph = buildGraph(DIAMOND, OPTIONS);
    assert.deepEqual(graph.ordered.map(({ version }) => version), [1n, 5n, 7n, 9n, 3n, 4n]);
  });

  it("gives the same order whatever the order it was given", () => {
    const forward = buildGraph(DIAMOND, OPTIONS);
    const backward = buildGraph(DIAMOND.toReversed(), OPTIONS);
    assert.deepEqual(backward.ordered, forward.ordered);
  });

  it("knows root, leaves and members", () => {
    const graph = buildGraph(DIAMOND, OPTIONS);
    assert.equal(graph.root, 1n);
    assert.deepEqual(graph.leaves, [4n, 7n]);
    assert.deepEqual(graph.get(4n)!.parents, [3n, 5n]);
    assert.equal(graph.get(2n), undefined);
  });

  it("collects what comes before and after, the versions themselves included", () => {
    const graph = buildGraph(DIAMOND, OPTIONS);
    const sorted = (versions: ReadonlySet<bigint>) => [...versions].map(Number).sort();
    assert.deepEqual(sorted(graph.ancestors([3n])), [1, 3, 9]);
    assert.deepEqual(sorted(graph.ancestors([5n, 7n, 99n])), [1, 5, 7]);
    assert.deepEqual(sorted(graph.ancestors([])), []);
    assert.deepEqual(sorted(graph.descendants([9n])), [3, 4, 9]);
    assert.deepEqual(sorted(graph.descendants([1n])), [1, 3, 4, 5, 7, 9]);
    assert.deepEqual(sorted(graph.descendants([99n])), []);
  });

  it("is empty for nothing", () => {
    const graph = buildGraph([], OPTIONS);
    assert.deepEqual(graph.ordered, []);
    assert.deepEqual(graph.leaves, []);
    assert.equal(graph.root, undefined);
  });

  const defective: readonly [string, ReturnType<typeof nodes>, Code[]][] = [
    ["several roots", nodes({ 1: [], 2: [] }), ["graph/several-roots"]],
    ["an unknown parent", nodes({ 1: [], 2: [1, 8] }), ["graph/unknown-parent"]],
    ["a cycle beside a root", nodes({ 1: [], 2: [3], 3: [2] }), ["graph/cycle"]],
    ["a cycle and no root", nodes({ 1: [2], 2: [1] }), ["graph/no-root", "graph/cycle"]],
    ["a migration that is its own parent", nodes({ 1: [], 2: [2] }), ["graph/cycle"]],
    [
      "two cycles",
      nodes({ 1: [], 2: [3], 3: [2], 4: [5, 1], 5: [4] }),
      ["graph/cycle", "graph/cycle"],
    ],
    ["one version twice", [...nodes({ 1: [] }), ...nodes({ 1: [] })], ["graph/duplicate-version"]],
  ];
  for (const [what, definitions, codes] of defective) {
    it(`refuses ${what}`, () => {
      assert.deepEqual(codesOf(() => buildGraph(definitions, OPTIONS)), codes);
    });
  }

  it("draws a long cycle from its smallest version on, parents first", () => {
    const definitions = nodes({ 1: [], 5: [1, 9], 6: [5], 9: [6], 10: [9] });
    assert.throws(() => buildGraph(definitions, OPTIONS), (error: Failure) => {
      assert.deepEqual(error.facts, { cycle: ["5", "6", "9", "5"] });
      return true;
    });
  });

  it("tells where a defect is, when it was told where migrations are", () => {
    const placeOf = (version: bigint, parent?: bigint) => ({ file: `${version}/${parent}` });
    const definitions = nodes({ 1: [], 2: [8] });
    assert.throws(() => buildGraph(definitions, { ...OPTIONS, placeOf }), (error: Failure) => {
      assert.deepEqual(error.place, { file: "2/8" });
      return true;
    });
  });

  it("bears gaps when asked to", () => {
    const graph = buildGraph(nodes({ 4: [3], 5: [4, 2], 7: [] }), { ...OPTIONS, gaps: "allow" });
    assert.deepEqual(graph.ordered.map(({ version }) => version), [4n, 5n, 7n]);
    assert.equal(graph.root, undefined);
    assert.deepEqual(graph.leaves, [5n, 7n]);
    assert.deepEqual([...graph.ancestors([5n])], [5n, 4n]);
  });

  it("refuses cycles even with gaps", () => {
    const definitions = nodes({ 1: [2], 2: [1] });
    const options = { ...OPTIONS, gaps: "allow" } as const;
    assert.deepEqual(codesOf(() => buildGraph(definitions, options)), ["graph/cycle"]);
  });

  /** The root, half of the others below it, and the rest in a line; in a random order of versions. */
  function manyMigrations(count: number) {
    const definitions = Array.from({ length: count }, (_, index) => ({
      version: BigInt((index * 7919) % 10_007 + 1),
      parents: [] as bigint[],
    }));
    const [root] = definitions;
    for (const [index, definition] of definitions.entries()) {
      if (index > 0 && index <= count / 2) definition.parents = [root!.version];
      else if (index > count / 2) definition.parents = [definitions[index - 1]!.version];
    }
    return definitions;
  }

  it("puts ten thousand migrations behind their parents", () => {
    const definitions = manyMigrations(10_000);
    const { ordered } = buildGraph(definitions, OPTIONS);
    const position = new Map(ordered.map(({ version }, index) => [version, index]));
    assert.equal(position.size, 10_000);
    for (const { version, parents } of definitions) {
      for (const parent of parents) assert.ok(position.get(parent)! < position.get(version)!);
    }
  });

  it("looks at each migration a few times, however many there are", () => {
    let looks = 0;
    const counted = manyMigrations(10_000).map((definition) => ({
      get version() {
        looks++;
        return definition.version;
      },
      get parents() {
        looks++;
        return definition.parents;
      },
    }));
    buildGraph(counted, OPTIONS);
    assert.ok(looks < 30 * counted.length, `${looks} looks`);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawDot, drawMermaid, type DrawnMigration, drawText } from "../../../src/graph/drawing.ts";
import { buildGraph } from "../../../src/graph/graph.ts";

function graph(parentsOf: Readonly<Record<string, readonly number[]>>, name = "") {
  const nodes = Object.entries(parentsOf).map(([version, parents]): DrawnMigration => ({
    version: BigInt(version),
    name,
    parents: parents.map(BigInt),
  }));
  return buildGraph(nodes, { database: "shop", gaps: "allow" });
}

describe("drawText", () => {
  const drawings: readonly [what: string, Parameters<typeof graph>[0], string][] = [
    ["nothing", {}, ""],
    ["a line", { 1: [], 2: [1], 3: [2] }, "* 3\n* 2\n* 1"],
    ["two leaves", { 1: [], 2: [1], 3: [1] }, "* 3\n| * 2\n|/\n* 1"],
    ["a merge", { 1: [], 2: [1], 3: [1], 4: [2, 3] }, "*   4\n|\\\n| * 3\n* | 2\n|/\n* 1"],
    [
      "a leaf beside a merge",
      { 1: [], 3: [9], 4: [3, 5], 5: [1], 7: [1], 9: [1] },
      "*   4\n|\\\n* | 3\n* | 9\n| | * 7\n| * | 5\n|_|/\n|/\n* 1",
    ],
    [
      "a merge of three",
      { 1: [], 2: [1], 3: [1], 4: [1], 5: [2, 3, 4], 6: [5], 7: [2] },
      "* 7\n| * 6\n| *     5\n| |\\\n| | |\\\n| | | * 4\n| | * | 3\n|/ / /\n* | | 2\n|_|/\n|/\n* 1",
    ],
    ["two roots, as a database may remember", { 1: [], 2: [], 3: [1] }, "* 3\n| * 2\n* 1"],
  ];
  for (const [what, parentsOf, expected] of drawings) {
    it(`draws ${what}`, () => assert.equal(drawText(graph(parentsOf)).join("\n"), expected));
  }
});

describe("drawMermaid and drawDot", () => {
  const name = 'a "b" <c> \\ & d';
  it("escape what a name may hold", () => {
    assert.equal(
      drawMermaid(graph({ 1: [], 2: [1] }, name)).join("\n"),
      `flowchart TD
  m1["1<br>a &quot;b&quot; &lt;c&gt; \\ &amp; d"]
  m2["2<br>a &quot;b&quot; &lt;c&gt; \\ &amp; d"]
  m1 --> m2`,
    );
    assert.equal(
      drawDot(graph({ 1: [], 2: [1] }, name)).join("\n"),
      `digraph migrations {
  node [shape=box];
  1 [label="1\\na \\"b\\" <c> \\\\ & d"];
  2 [label="2\\na \\"b\\" <c> \\\\ & d"];
  1 -> 2;
}`,
    );
  });
});

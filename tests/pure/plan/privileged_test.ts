import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Definition } from "../../../src/definition/migration/definition.ts";
import { buildGraph } from "../../../src/graph/graph.ts";
import { type Step, stepOf } from "../../../src/plan/plan.ts";
import { confirmationOf, privilegedSteps, upToUnconfirmed } from "../../../src/plan/privileged.ts";
import { extensionScript } from "../../../src/sql/extensions.ts";
import { definition } from "./plan_input.ts";

type Written = readonly [string, ...number[]];

/** `2` a plain migration, `2!` a privileged one, `2!!` one that stands alone; each built on `parents`. */
function steps(...list: readonly Written[]) {
  const alone = new Set<bigint>();
  const definitions: Definition[] = list.map(([word, ...parents]) => {
    const made = definition(Number.parseInt(word), parents);
    if (word.endsWith("!!")) alone.add(made.version);
    return { ...made, metadata: { ...made.metadata, privileged: word.includes("!") } };
  });
  const graph = buildGraph(definitions, { database: "app" });
  const all = graph.ordered.map((one) => stepOf(one, { database: "app", direction: "up" }));
  const known = {
    graph,
    standsAlone: ({ definition: { version } }: Step) => alone.has(version),
  };
  return { all, known };
}

const versions = (list: readonly Step[]) => list.map(({ definition: { version } }) => version);

describe("what an administrator can run by hand", () => {
  const cases: readonly {
    readonly what: string;
    readonly list: readonly Written[];
    readonly now: readonly bigint[];
    readonly later: readonly bigint[];
  }[] = [
    { what: "a root", list: [["1!"], ["2", 1]], now: [1n], later: [] },
    { what: "a row of them", list: [["1!"], ["2!", 1], ["3", 2]], now: [1n, 2n], later: [] },
    { what: "one that waits", list: [["1"], ["2!", 1]], now: [], later: [2n] },
    { what: "an extension", list: [["1"], ["2!!", 1]], now: [2n], later: [] },
    {
      what: "one behind one that waits",
      list: [["1"], ["2!", 1], ["3!!", 2]],
      now: [],
      later: [
        2n,
        3n,
      ],
    },
    {
      what: "one on a branch of its own",
      list: [["1!"], ["2", 1], ["3!", 1], ["4", 2, 3]],
      now: [
        1n,
        3n,
      ],
      later: [],
    },
    {
      what: "one built on an extension that is built on more",
      list: [["1"], ["2!!", 1], ["3!", 2]],
      now: [
        2n,
      ],
      later: [3n],
    },
  ];
  for (const { what, list, now, later } of cases) {
    test(what, () => {
      const { all, known } = steps(...list);
      const found = privilegedSteps(all, known);
      assert.deepEqual([versions(found.now), versions(found.later)], [now, later]);
    });
  }

  test("is where the rest stops when nobody has", () => {
    const { all } = steps(["1!"], ["2", 1], ["3!", 2], ["4", 3]);
    assert.deepEqual(versions(upToUnconfirmed(all, new Set([1n]))), [1n, 2n]);
    assert.deepEqual(versions(upToUnconfirmed(all, new Set([1n, 3n]))), [1n, 2n, 3n, 4n]);
    assert.deepEqual(versions(upToUnconfirmed(all, new Set())), []);
  });
});

describe("the confirmation", () => {
  const [step] = steps(["1!"]).all;
  const [other] = steps(["2!"]).all;
  const base = { database: "a", step: step!, statements: ["CREATE EXTENSION x", "SELECT 1"] };
  test("is another for other statements, versions and databases", () => {
    const all = [
      [base],
      [{ ...base, database: "b" }],
      [{ ...base, step: other! }],
      [{ ...base, statements: ["CREATE EXTENSION x"] }],
      [{ ...base, statements: ["CREATE EXTENSION  x", "SELECT 1"] }],
      [base, { ...base, database: "b" }],
      [],
    ].map(confirmationOf);
    assert.equal(new Set(all).size, all.length);
    for (const one of all) assert.match(one, /^[0-9a-f]{16}$/);
  });

  test("does not depend on the order of databases", () => {
    const b = { ...base, database: "b" };
    assert.equal(confirmationOf([base, b]), confirmationOf([b, base]));
  });
});

describe("what a script does to extensions", () => {
  const cases: readonly [sql: string, leaves: Record<string, boolean>, standsAlone: boolean][] = [
    ["CREATE EXTENSION IF NOT EXISTS PgCrypto CASCADE", { pgcrypto: true }, true],
    ['CREATE EXTENSION "uuid-ossp"; COMMENT ON EXTENSION "uuid-ossp" IS $$x$$', {
      "uuid-ossp": true,
    }, true],
    ["BEGIN; CREATE EXTENSION hstore; COMMIT", { hstore: true }, true],
    ["CREATE EXTENSION hstore SCHEMA tools", { hstore: true }, false],
    ["CREATE EXTENSION a; DROP EXTENSION IF EXISTS a, b", { a: false, b: false }, false],
    ["CREATE EXTENSION a; GRANT USAGE ON SCHEMA s TO r", { a: true }, false],
    ["ALTER EXTENSION a UPDATE", {}, false],
    ["-- CREATE EXTENSION a", {}, true],
  ];
  for (const [sql, leaves, standsAlone] of cases) {
    test(sql, async () => {
      const found = await extensionScript(sql);
      assert.deepEqual(Object.fromEntries(found.leaves), leaves);
      assert.equal(found.standsAlone, standsAlone);
    });
  }
});

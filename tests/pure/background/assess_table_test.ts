import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareScanPlans } from "../../../src/background/strategy/compare_scan_plans.ts";
import { assessTable } from "../../../src/background/strategy/assess_table.ts";
import type {
  IndexFacts,
  IndexKeyFacts,
  RelationFacts,
} from "../../../src/background/strategy/table_facts.ts";
import type { BatchedMigration } from "../../../src/definition/batched/batched_migration.ts";
import { declared, template } from "../../support/background.ts";

const MEGABYTE = 1024 * 1024;

function indexKey(name: string, more: Partial<IndexKeyFacts> = {}): IndexKeyFacts {
  return {
    name,
    descending: false,
    nullsFirst: false,
    sameCollation: true,
    defaultOperators: true,
    type: "pg_catalog.int8",
    operators: "pg_catalog",
    ...more,
  };
}

function index(name: string, more: Partial<IndexFacts> = {}): IndexFacts {
  const keys = more.keys ?? [indexKey("id")];
  return {
    name,
    method: "btree",
    primary: name === "t_pkey",
    unique: true,
    valid: true,
    partial: false,
    keys,
    columns: keys.map((key) => key.name!),
    ...more,
  };
}

function table(more: Partial<RelationFacts> = {}): RelationFacts {
  return {
    oid: "1",
    relation: "public.t",
    name: "t",
    kind: "r",
    persistence: "p",
    filenode: "1",
    tuples: 1_000,
    pages: 10,
    bytes: 10 * 8192,
    blockSize: 8192,
    fillfactor: 100,
    mayRead: true,
    mayChange: true,
    rowSecurity: false,
    published: null,
    constraint: null,
    columns: ["id", "a", "b"].map((name) => ({
      name,
      type: "bigint",
      notNull: true,
      generated: name === "b",
    })),
    indexes: [index("t_pkey")],
    triggers: [],
    referenced: [],
    ...more,
  };
}

function codes(
  relation: RelationFacts,
  what: Partial<BatchedMigration> = {},
  written: readonly string[] = [],
  deletes = false,
): readonly string[] {
  const { findings } = assessTable(declared({ table: "t", sql: [], ...what }), {
    facts: { relations: [relation], others: [], role: "app" },
    writes: { columns: written, deletes },
    bounds: new Map(),
  });
  return findings.map(({ level, code }) => `${level} ${code.slice("background/".length)}`);
}

describe("judging a table", () => {
  test("says what is slow where the table is large", () => {
    const filter = {
      text: "a > 0",
      holes: [{ start: 0, end: 0, kind: "column", name: "a" } as const],
      line: 1,
    };
    const large = table({ bytes: 200 * MEGABYTE, pages: 25_600 });
    const covering = index("t_pkey", { columns: ["id", "a"] });
    const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
      [codes(table(), { filter }, ["a"]), []],
      [codes(large, { filter }), ["warn filter-not-indexed"]],
      [codes({ ...large, indexes: [covering] }, { filter }), []],
      [codes(large, {}, ["a"]), ["warn full-pages"]],
      [codes({ ...large, fillfactor: 90 }, {}, ["a"]), []],
      [codes({ ...large, tuples: -1, pages: 0 }), ["warn never-analyzed"]],
      [codes({ ...large, tuples: 0, pages: 0 }), ["warn never-analyzed"]],
      [
        codes({ ...large, indexes: [covering, index("other", { keys: [indexKey("a")] })] }, {}, [
          "a",
        ]),
        ["warn indexed-columns"],
      ],
    ];
    for (const [found, expected] of cases) assert.deepEqual(found, expected);
  });

  test("warns of foreign keys only where the statements set them off", () => {
    const cascade = {
      text: "child_fk on child ON UPDATE CASCADE ON DELETE CASCADE",
      updates: ["a"],
      deletes: true,
    };
    const relation = table({ referenced: [cascade] });
    const sql = [template("UPDATE t SET b = 1 WHERE batch()")];
    assert.deepEqual(codes(relation, { sql }, ["b"]), []);
    assert.deepEqual(codes(relation, { sql }, ["a"]), ["warn referenced"]);
    assert.deepEqual(codes(relation, { sql }, [], true), ["warn referenced"]);
    // Nobody knows what a job in TypeScript writes.
    assert.deepEqual(codes(relation), ["warn referenced"]);
  });

  test("knows keys that move, and keys that are not found at once", () => {
    const generated = index("t_b", { keys: [indexKey("b")] });
    assert.deepEqual(codes(table({ indexes: [generated] }), { key: ["b"] }), [
      "warn key-generated",
    ]);
    const mixed = index("t_mixed", {
      keys: [indexKey("id"), indexKey("a", { type: "public.citext", operators: "public" })],
    });
    assert.deepEqual(codes(table({ indexes: [mixed] }), { key: ["id", "a"] }), [
      "warn key-mixed-operators",
    ]);
    const strange = index("t_strange", { keys: [indexKey("a", { operators: null })] });
    assert.deepEqual(codes(table({ indexes: [strange] }), { key: ["a"] }), ["refuse key-type"]);
  });

  test("takes the narrowest index that serves", () => {
    const wide = index("wide", { keys: [indexKey("id"), indexKey("a")] });
    const { scanPlan } = assessTable(declared({ table: "t", sql: [], key: ["id"] }), {
      facts: {
        relations: [table({ indexes: [wide, index("loose", { unique: false }), index("t_id")] })],
        others: [],
        role: "app",
      },
      writes: { columns: [], deletes: false },
      bounds: new Map(),
    });
    assert.deepEqual(scanPlan, {
      key: [{ name: "id", type: "pg_catalog.int8" }],
      segments: [{ relation: "public.t", oid: "1", filenode: "1" }],
      index: "t_id",
      estimate: 1_000,
      bytes: 81_920,
    });
  });

  test("compares by oid: names may change, and files matter to ctid only", () => {
    const segment = (oid: string, filenode = oid) => ({ relation: `t${oid}`, oid, filenode });
    const old = { key: [], segments: [segment("1"), segment("2"), segment("3")] };
    const now = {
      key: [],
      segments: [{ ...segment("1"), relation: "x" }, segment("3", "9"), segment("4")],
    };
    assert.deepEqual(compareScanPlans(old, now), {
      added: [segment("4")],
      lost: [segment("2")],
      rewritten: [segment("3", "9")],
    });
    const key = [{ name: "id", type: "pg_catalog.int8" }];
    assert.deepEqual(compareScanPlans({ ...old, key }, { ...now, key }).rewritten, []);
  });
});

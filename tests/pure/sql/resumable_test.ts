import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Resumable, resumableOf } from "../../../src/sql/resumable.ts";
import { parseStatements } from "../../../src/sql/script_statements.ts";

async function resumable(sql: string): Promise<Resumable | undefined> {
  const [statement] = await parseStatements(sql);
  return resumableOf(statement!.node);
}

describe("what can be finished after it was cut off", () => {
  const cases: readonly [string, Resumable][] = [
    ["DROP INDEX CONCURRENTLY i", { kind: "drop-index", indexes: [{ name: "i" }] }],
    [
      'DROP INDEX CONCURRENTLY IF EXISTS "S x"."I é", j CASCADE',
      { kind: "drop-index", indexes: [{ schema: "S x", name: "I é" }, { name: "j" }] },
    ],
    ["REINDEX INDEX CONCURRENTLY s.i", {
      kind: "reindex",
      of: "index",
      target: { schema: "s", name: "i" },
    }],
    ["REINDEX (CONCURRENTLY) TABLE t", { kind: "reindex", of: "table", target: { name: "t" } }],
    ["REINDEX SCHEMA s", { kind: "reindex", of: "schema", target: { name: "s" } }],
    [
      "REINDEX DATABASE CONCURRENTLY d",
      { kind: "reindex", of: "database", target: undefined },
    ],
    [
      "ALTER TABLE s.p DETACH PARTITION c CONCURRENTLY",
      { kind: "detach", table: { schema: "s", name: "p" }, partition: { name: "c" } },
    ],
    [
      "ALTER TABLE p DETACH PARTITION c FINALIZE",
      { kind: "detach", table: { name: "p" }, partition: { name: "c" } },
    ],
  ];
  for (const [sql, expected] of cases) {
    it(`is ${sql}`, async () => assert.deepEqual(await resumable(sql), expected));
  }

  const others = [
    "DROP INDEX i",
    "DROP TABLE t",
    "ALTER TABLE p DETACH PARTITION c",
    "ALTER TABLE p ATTACH PARTITION c DEFAULT",
    "VACUUM t",
  ];
  for (const sql of others) {
    it(`is not ${sql}`, async () => assert.equal(await resumable(sql), undefined));
  }
});

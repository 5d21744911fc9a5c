import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defineBatchedMigration } from "../../../src/background/jobs/define_batched_migration.ts";
import { defineBatchingStrategy } from "../../../src/background/jobs/define_batching_strategy.ts";
import { BATCHED_DEFAULTS } from "../../../src/definition/batched/batched_migration.ts";
import { Failure, Failures } from "../../../src/failure.ts";
import { codeDefinitionsOf, refuseUnknownDatabases } from "../../../src/workspace/definitions.ts";
import { duplicateDeclaration } from "../../../src/source/code_definitions.ts";

const BASE = { name: "hash", database: "shop", table: "users", perform: async () => {} };

describe("a batched migration in TypeScript", () => {
  test("is the declaration that a file would be", async () => {
    const strategy = defineBatchingStrategy({
      name: "by_tenant",
      nextBatch: () => Promise.resolve(undefined),
    });
    const { path: _, checksum, ...declared } = await defineBatchedMigration({
      ...BASE,
      key: ["tenant_id", "id"],
      strategy,
      filter: "hash IS NULL AND kind = argument('kind')",
      arguments: { kind: ["a", "b"], times: { is: "integer", default: 3 } },
      pause: 0,
      interval: "2min",
      statementTimeout: "1min",
      throttle: { watch: ["users"], maxReplicaLag: "256MB" },
      remaining: "SELECT 1 FROM users WHERE hash IS NULL",
    }).declaration();
    assert.match(checksum, /^[0-9a-f]{64}$/);
    const { maxHold, ...defaults } = BATCHED_DEFAULTS;
    assert.deepEqual(declared, {
      ...defaults,
      name: "hash",
      table: "users",
      strategy: "custom",
      customStrategy: "by_tenant",
      key: ["tenant_id", "id"],
      filter: {
        text: "hash IS NULL AND kind = argument('kind')",
        holes: [
          { start: 0, end: 0, kind: "column", name: "hash" },
          { start: 17, end: 17, kind: "column", name: "kind" },
          { start: 24, end: 40, kind: "argument", name: "kind" },
        ],
        line: declared.filter!.line,
      },
      arguments: { times: 3 },
      parameters: { kind: ["a", "b"], times: { is: "integer", default: 3 } },
      pauseMs: 0,
      interval: 120,
      statementTimeout: 60_000,
      throttle: { watch: ["users"], maxReplicaLag: 256 * 2 ** 20, maxHold, ignore: [] },
      sql: [],
      remaining: {
        text: "SELECT 1 FROM users WHERE hash IS NULL",
        holes: [],
        line: declared.remaining!.line,
      },
    });
  });

  test("is refused for what a file would be refused for", async () => {
    const job = defineBatchedMigration({
      ...BASE,
      name: "Hash",
      table: "us ers",
      strategy: "ctid",
      batchSize: 5,
      subBatchSize: 10,
      filter: "(SELECT true)",
      remaining: "DELETE FROM users",
      arguments: { kind: "words" as "text" },
      ...{ delay: () => 5 },
    });
    const error = await job.declaration().then(() => undefined, (reason) => reason);
    assert.ok(error instanceof Failures);
    assert.deepEqual(error.failures.map(({ code }) => code).sort(), [
      "definition/batched-filter",
      "definition/batched-query",
      "definition/batched-size",
      "definition/malformed-name",
      "definition/unknown-key",
      "definition/wrong-type",
      "definition/wrong-type",
    ]);
    for (const { message, place, hint } of error.failures) {
      assert.match(message, /^defineBatchedMigration\("Hash"\) /);
      assert.equal(place, undefined);
      assert.ok(hint);
    }
    const blocks = defineBatchedMigration({ ...BASE, strategy: "ctid" }).declaration();
    await assert.rejects(blocks, { code: "definition/batched-not-idempotent" });
  });

  test("belongs to one database, under a name of its own", () => {
    const job = defineBatchedMigration(BASE);
    assert.equal(codeDefinitionsOf({ jobs: [job] }, "other"), undefined);
    assert.deepEqual(codeDefinitionsOf({ jobs: [job] }, "shop")!.names, ["hash"]);
    const codeOf = (attempt: () => unknown) => {
      try {
        attempt();
      } catch (error) {
        return (error as Failure).code;
      }
      return undefined;
    };
    assert.equal(
      codeOf(() => codeDefinitionsOf({ jobs: [job, job] }, "shop")),
      "definition/batched-twice",
    );
    assert.equal(
      codeOf(() => refuseUnknownDatabases({ jobs: [job] }, ["shops"])),
      "definition/unknown-database",
    );
    const declared = [{ name: "hash", path: "shop/background/hash.yaml" }];
    const [defect] = duplicateDeclaration(declared as never, ["hash"]);
    assert.equal(defect!.code, "definition/batched-twice");
  });

  test("is checked by the compiler", () => {
    defineBatchedMigration({
      ...BASE,
      arguments: {
        kind: ["a", "b"],
        times: "integer",
        name: { is: "text", default: "x" },
        any: "json",
      },
      perform: async ({ arguments: given, eachSubBatch, distinctEachBatch }) => {
        const kind: "a" | "b" = given.kind;
        const times: number = given.times;
        const name: string = given.name;
        // @ts-expect-error it is one of two words
        const other: "c" = given.kind;
        // @ts-expect-error it is a number
        const text: string = given.times;
        // @ts-expect-error there is no such argument
        void given.nothing;
        await eachSubBatch(async ({ sql, rows, ...sub }) => {
          await sql`UPDATE users SET n = ${times}, k = ${kind} WHERE ${
            rows("u")
          } AND name = ${name}`;
          // @ts-expect-error undefined is no value
          await sql`UPDATE users SET n = ${undefined} WHERE ${rows()}`;
          // @ts-expect-error distinct values are given by distinctEachBatch
          void sub.values;
        });
        await distinctEachBatch(({ values }) => Promise.reject(values.includes(other + text)));
      },
    });
    // @ts-expect-error arguments are of kinds that there are
    defineBatchedMigration({ ...BASE, arguments: { kind: "words" } });
    // @ts-expect-error a job has to say of which table it is
    defineBatchedMigration({ name: "a", database: "shop", perform: async () => {} });
    // @ts-expect-error statements are for files
    defineBatchedMigration({ ...BASE, sql: "UPDATE users SET n = 1" });
  });
});

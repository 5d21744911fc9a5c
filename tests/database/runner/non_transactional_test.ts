import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { failureOf, newProduct, runningBackend } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

for (const major of majors) {
  describe(`a migration outside transactions that fails, on PostgreSQL ${major}`, () => {
    test("is dirty until a person has looked, and says how far it came", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE a ()" },
        {
          up: "CREATE TABLE b ();\nCREATE TABLE c ();\nSELECT 1 / (SELECT 0);\nCREATE TABLE d ();",
          yaml: "transaction: none",
        },
        { up: "SELECT 1" },
      ]);
      const failed = await runMigrator(["up", ...product.args]);
      assert.equal(failed.status, 7, failed.stderr);
      assert.match(failed.stderr, /up\.sql:3:1, statement 3 of 4: division by zero/);
      assert.match(failed.stderr, /next: .*migrator describe 2 --db app/);
      const [row] = await product.sql(
        `SELECT statements_done, to_regclass('c') IS NOT NULL AS c, to_regclass('d') AS d
        FROM migrator.dirty`,
      );
      assert.deepEqual({ ...row }, { statements_done: 2, c: true, d: null });

      const refused = await runMigrator(["up", ...product.args]);
      assert.equal(refused.status, 5, refused.stderr);
      assert.match(refused.stderr, /error\[history\/dirty\]/);
      const described = await runMigrator(["describe", "2", ...product.args]);
      assert.match(described.stdout, /#2 up .* failed, .*2 statements done/);
      assert.match(described.stdout, /up\.sql:3:1: division by zero \(SQLSTATE 22012\)/);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f"]);
    });

    test("does not keep targets from being reached that do not need it", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "SELECT 1" },
        { up: "SELECT 1 / (SELECT 0)", yaml: "transaction: none" },
        { up: "CREATE TABLE a ()", parents: [1] },
      ]);
      await failureOf(product.run());
      const { status, stderr } = await runMigrator(["up", "--target", "3", ...product.args]);
      assert.equal(status, 0, stderr);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f", "3 up t"]);
    });

    test(
      "because its connection was cut is dirty, with the statements it had done",
      LIMIT,
      async () => {
        const product = await newProduct(await sharedCluster(major), [{
          up: "CREATE TABLE a (); SELECT pg_terminate_backend(pg_backend_pid()); CREATE TABLE b ()",
          yaml: "transaction: none",
        }]);
        const failure = await failureOf(product.run());
        assert.equal(failure.code, "connection/lost");
        assert.match(failure.message, /a part of it may be in the database/);
        const [row] = await product.sql("SELECT statements_done FROM migrator.dirty");
        assert.deepEqual({ ...row }, { statements_done: 1 });
      },
    );
  });

  describe(`a migration outside transactions that is running, on PostgreSQL ${major}`, () => {
    test("is waited for by those who start in the middle of it", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "SELECT pg_sleep(2.5); CREATE TABLE a ()", yaml: "transaction: none" },
      ]);
      const first = product.run();
      await runningBackend(product, "pg_sleep(2.5)");
      const status = await runMigrator(["status", ...product.args]);
      assert.match(status.stdout, /running +1 /);
      const others = await Promise.all([product.run(), product.run()]);
      assert.deepEqual(others.map(({ done }) => done.length), [0, 0]);
      assert.equal((await first).done.length, 1);
      assert.deepEqual(await product.attempts(), ["1 up t"]);
    });
  });
}

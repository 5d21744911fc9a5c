import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Cluster, majors, startCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { newProduct, type Written } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };

for (const major of majors) {
  describe(`the server's log, on PostgreSQL ${major}`, () => {
    let cluster: Cluster;
    before(async () => {
      cluster = await startCluster({ major });
    });
    after(() => cluster.dispose());

    /** What is logged as an error while `work` is done. */
    const errorsDuring = async (work: () => Promise<unknown>) => {
      const before = (await cluster.log()).length;
      await work();
      const lines = (await cluster.log()).slice(before).split("\n");
      return lines.filter((line) => /\b(ERROR|FATAL|WARNING|PANIC):/.test(line));
    };

    test("has no error of a healthy first run, nor of looks before it", LIMIT, async () => {
      const product = await newProduct(cluster, [
        { up: "CREATE TABLE a ()" },
        { up: "CREATE TABLE b (); SELECT 1" },
      ]);
      const errors = await errorsDuring(async () => {
        for (const command of ["status", "plan", "doctor", "lock", "up", "status", "up"]) {
          await runMigrator([command, ...product.args]);
        }
      });
      assert.deepEqual(errors, []);
    });

    const table = (name: string) => ({ up: `CREATE TABLE ${name} ()` });
    const FAILURES: readonly (readonly [string, readonly Written[], RegExp])[] = [
      ["in the middle of its statements", [
        table("a"),
        { up: "SELECT 1; CREATE TABLE a (); SELECT 2; SELECT 3" },
        table("b"),
      ], /relation "a" already exists/],
      ["among small ones that are sent together", [
        table("a"),
        table("b"),
        { up: "CREATE TABLE c (); CREATE TABLE a (); CREATE TABLE d ()" },
        table("e"),
        table("f"),
      ], /relation "a" already exists/],
      ["at its COMMIT", [{
        up: `CREATE TABLE a (b int UNIQUE DEFERRABLE INITIALLY DEFERRED);
          INSERT INTO a VALUES (1), (1)`,
      }, table("c")], /duplicate key/],
      ["outside a transaction", [
        { up: "SELECT 1; SELECT 1/0; SELECT 2", yaml: "transaction: none" },
      ], /division by zero/],
      ["on the characters of its text", [
        { up: "SELECT 1; SELECT 'Łódź, 5 €, 日本'; SELECT 2" },
      ], /has no equivalent in encoding "LATIN1"/],
    ];
    for (const [where, list, reason] of FAILURES) {
      test(`has one error of a migration that fails ${where}`, LIMIT, async () => {
        const product = await newProduct(cluster, list, { encoding: "LATIN1" });
        const errors = await errorsDuring(() => runMigrator(["up", ...product.args]));
        assert.equal(errors.length, 1, errors.join("\n"));
        assert.match(errors[0]!, reason);
      });
    }

    test("has no error of characters that the database cannot store", LIMIT, async () => {
      const product = await newProduct(cluster, [
        { up: "CREATE TABLE a (); -- Łódź, 5 €, 日本\n" },
      ], { encoding: "LATIN1" });
      const errors = await errorsDuring(() => runMigrator(["up", ...product.args]));
      assert.deepEqual(errors, []);
    });
  });
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { failureOf, newProduct, type Product } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };
const REASON = ["--reason", "made c by hand"];

/** The second of three is dirty: `b` is there, `c` is not. */
async function dirtyProduct(major: (typeof majors)[number]): Promise<Product> {
  const product = await newProduct(await sharedCluster(major), [
    { up: "CREATE TABLE a ()" },
    {
      up: "CREATE TABLE b (); SELECT 1 / (SELECT 0); CREATE TABLE c ()",
      yaml: "transaction: none",
    },
    { up: "CREATE TABLE d ()" },
  ]);
  await failureOf(product.run());
  return product;
}

for (const major of majors) {
  describe(`force, on PostgreSQL ${major}`, () => {
    test("settles what is dirty, and says what it did not do", LIMIT, async () => {
      const product = await dirtyProduct(major);
      const { status, stdout, stderr } = await runMigrator(
        ["force", "2", ...REASON, ...product.args],
      );
      assert.equal(status, 0, stderr);
      assert.equal(
        stdout,
        "app: recorded that 2 (m2) is applied, which was dirty; nothing was run\n" +
          "Its ancestors and descendants stand as they stood, and its SQL was not checked.\n",
      );
      const [row] = await product.sql(
        "SELECT note FROM migrator.migration_logs ORDER BY id DESC LIMIT 1",
      );
      assert.deepEqual({ ...row }, { note: REASON[1] });
      assert.equal((await runMigrator(["up", ...product.args])).status, 0);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f", "2 up t", "3 up t"]);
    });

    test("--down lets up run it again", LIMIT, async () => {
      const product = await dirtyProduct(major);
      const { status, stdout } = await runMigrator(
        ["force", "2", "--down", ...REASON, ...product.args],
      );
      assert.equal(status, 0);
      assert.match(stdout, /2 \(m2\) is not applied, which was dirty/);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f", "2 down t"]);
    });

    test("refuses what is not dirty, and names what is", LIMIT, async () => {
      const product = await dirtyProduct(major);
      const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
        [["1", ...REASON], 5, /history\/not-dirty\]: Migration 1 .* is applied, .* dirty is 2\./],
        [["1", ...REASON], 5, /next: migrator repair 2 --db app; .* force 2 --down/],
        [["3", ...REASON], 5, /history\/not-dirty\]: Migration 3 of "app" is pending, not dirty/],
        [["9", ...REASON], 2, /error\[plan\/unknown-target\]/],
        [["2"], 2, /error\[usage\/missing-option\]: migrator force needs --reason/],
        [["2", "--reason", " "], 2, /error\[usage\/missing-option\]: migrator force needs/],
      ];
      for (const [args, wanted, told] of cases) {
        const { status, stderr } = await runMigrator(["force", ...args, ...product.args]);
        assert.equal(status, wanted, stderr);
        assert.match(stderr, told);
      }
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f"]);
    });
  });
}

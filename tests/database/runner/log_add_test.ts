import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { failureOf, newProduct, type Product } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };
const REASON = ["--reason", "dropped b, it's empty"];

/** The second of three is dirty: `b` is there, and the rest of it is not. */
async function dirtyProduct(major: (typeof majors)[number]): Promise<Product> {
  const product = await newProduct(await sharedCluster(major), [
    { up: "CREATE TABLE a ()" },
    { up: "CREATE TABLE b (); SELECT 1 / count(*) FROM a", yaml: "transaction: none" },
    { up: "CREATE TABLE c ()" },
  ]);
  await failureOf(product.run());
  return product;
}

for (const major of majors) {
  describe(`log add, on PostgreSQL ${major}`, () => {
    test("--down lets up try again what was taken back by hand", LIMIT, async () => {
      const product = await dirtyProduct(major);
      const refused = await runMigrator(["up", ...product.args]);
      assert.equal(refused.status, 5, refused.stderr);
      assert.match(refused.stderr, /next: migrator repair 2 --db app\n/);
      await product.sql("DROP TABLE b; ALTER TABLE a ADD COLUMN i int; INSERT INTO a VALUES (1)");
      const { status, stdout, stderr } = await runMigrator(
        ["log", "add", "2", "--down", ...REASON, ...product.args],
      );
      assert.equal(status, 0, stderr);
      assert.equal(
        stdout,
        "app: recorded that 2 (m2) is not applied, which was dirty; nothing was run\n",
      );
      const [row] = await product.sql(
        `SELECT success, transactional, statements_done, note, fence = durable_fence AS durable
        FROM migrator.migration_logs JOIN migrator.databases USING (fence) WHERE version = 2`,
      );
      assert.deepEqual({ ...row }, {
        success: true,
        transactional: false,
        statements_done: 0,
        note: REASON[1],
        durable: true,
      });
      const described = await runMigrator(["describe", "2", ...product.args]);
      assert.match(
        described.stdout,
        /#3 down .*Z recorded, by \S+ on \S+\n {5}recorded by hand: dropped b, it's empty\n/,
      );
      assert.equal((await runMigrator(["up", ...product.args])).status, 0);
      assert.deepEqual(
        await product.attempts(),
        ["1 up t", "2 up f", "2 down t", "2 up t", "3 up t"],
      );
    });

    test("--up lets up go on with the next, and keeps the definition", LIMIT, async () => {
      const product = await dirtyProduct(major);
      await product.sql("DELETE FROM migrator.migration_definitions");
      const args = ["log", "add", "2", "--up", ...REASON, "--json", ...product.args];
      const shown = await runMigrator(["--dry-run", ...args]);
      assert.equal(shown.status, 0, shown.stdout);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f"]);
      const recorded = await runMigrator(args);
      assert.deepEqual(
        [shown, recorded].map((one) => one.json().at(-1)),
        [true, false].map((dry) => ({
          event: "finished",
          command: "log add",
          database: "app",
          version: "2",
          direction: "up",
          reason: REASON[1],
          dry_run: dry,
        })),
      );
      const kept = await product.sql("SELECT version FROM migrator.migration_definitions");
      assert.deepEqual(kept.map(({ version }) => version), ["2"]);
      assert.equal((await runMigrator(["up", ...product.args])).status, 0);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f", "2 up t", "3 up t"]);
    });

    test("takes out of the way what has no way back", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        {
          up: "CREATE TABLE b (); SELECT 1 / (SELECT 0)",
          yaml: "transaction: none\nirreversible: it is gone",
        },
      ]);
      await failureOf(product.run());
      const { status, stderr } = await runMigrator(
        ["log", "add", "1", "--down", ...REASON, ...product.args],
      );
      assert.equal(status, 0, stderr);
      assert.deepEqual(await product.attempts(), ["1 up f", "1 down t"]);
    });

    test("refuses what is so already, and what it cannot understand", LIMIT, async () => {
      const product = await dirtyProduct(major);
      const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
        [["1", "--up", ...REASON], 5, /error\[history\/already-so\]: .*1 \(m1\).* is applied al/],
        [["3", "--down", ...REASON], 5, /error\[history\/already-so\]: .* is not applied already/],
        [["9", "--up", ...REASON], 2, /error\[plan\/unknown-target\]/],
        [["2", ...REASON], 2, /error\[usage\/which-direction\]: Say what holds/],
        [["2", "--up", "--down", ...REASON], 2, /error\[usage\/which-direction\]: .* not both/],
        [["2", "--up"], 2, /error\[usage\/missing-option\]: migrator log add needs --reason/],
        [
          ["2", "--up", "--reason", " "],
          2,
          /error\[usage\/missing-option\]: migrator log add needs/,
        ],
      ];
      for (const [args, wanted, told] of cases) {
        const { status, stderr } = await runMigrator(["log", "add", ...args, ...product.args]);
        assert.equal(status, wanted, stderr);
        assert.match(stderr, told);
      }
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f"]);
    });
  });
}

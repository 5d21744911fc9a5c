import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { startMigrator } from "../../support/command.ts";
import {
  connectorTo,
  eventually,
  failureOf,
  interfere,
  lockBackend,
  newProduct,
  type Product,
  runningBackend,
} from "../../support/harness.ts";

/** What a process does to itself is the same on every release. */
const newest = majors[0]!;
const LIMIT = { timeout: 60_000 };

async function terminateLock(product: Product): Promise<void> {
  await product.sql(`SELECT pg_terminate_backend(${await lockBackend(product)})`);
}

for (const major of majors) {
  describe(`a run that loses its lock, on PostgreSQL ${major}`, () => {
    test(
      "stops within a second, cancels its statement and commits nothing of it",
      LIMIT,
      async () => {
        const product = await newProduct(await sharedCluster(major), [
          { up: "CREATE TABLE a ()" },
          { up: "CREATE TABLE b (); SELECT pg_sleep(60)" },
          { up: "CREATE TABLE c ()" },
        ]);
        const ended = failureOf(product.run());
        await runningBackend(product, "pg_sleep(60)");
        const began = performance.now();
        await terminateLock(product);
        const failure = await ended;
        assert.equal(failure.code, "lock/lost");
        assert.equal(failure.exit, 6);
        assert.deepEqual(failure.facts["done"], ["1"]);
        assert.ok(performance.now() - began < 2_000, "it took too long");
        const [found] = await product.sql(
          `SELECT to_regclass('a') IS NOT NULL AS a, to_regclass('b') IS NOT NULL AS b,
          (SELECT count(*)::int FROM pg_stat_activity WHERE state = 'active'
            AND datname = current_database() AND pid <> pg_backend_pid()) AS active`,
        );
        assert.deepEqual({ ...found }, { a: true, b: false, active: 0 });
        product.rewrite([{ up: "CREATE TABLE a ()" }, { up: "CREATE TABLE b ()" }]);
        assert.equal((await product.run()).done.length, 1);
      },
    );

    test("loses it to the command line as exit 6", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "SELECT pg_sleep(60)" },
      ]);
      const running = startMigrator(["up", ...product.args]);
      await runningBackend(product, "pg_sleep(60)");
      await terminateLock(product);
      const { status, stderr } = await running.finished;
      assert.equal(status, 6, stderr);
      assert.match(stderr, /error\[lock\/lost\]/);
      assert.match(stderr, /next: Run the same command again/);
    });
  });

  describe(`a fence that was raised, on PostgreSQL ${major}`, () => {
    const raise = "UPDATE migrator.databases SET fence = fence + 1";

    test("refuses the next migration, though the lock is still held", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE a ()", yaml: "transaction: none" },
        { up: "CREATE TABLE b ()" },
        { up: "CREATE TABLE c ()" },
      ]);
      const connector = interfere(await connectorTo(product.url), {
        // The first migration has no transaction: the first to be opened is the second's.
        async before(message) {
          if (message.startsWith("BEGIN") && message.includes("NOT DEFERRABLE")) {
            await product.sql(raise);
          }
        },
      });
      const failure = await failureOf(product.run({ connector }));
      assert.equal(failure.code, "lock/fenced");
      assert.equal(failure.exit, 6);
      assert.deepEqual(await product.attempts(), ["1 up t"]);
      const [found] = await product.sql("SELECT to_regclass('b') AS b, to_regclass('c') AS c");
      assert.deepEqual({ ...found }, { b: null, c: null });
    });

    test("stops a migration outside transactions before its next statement", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE a (); CREATE TABLE b ()", yaml: "transaction: none" },
      ]);
      const connector = interfere(await connectorTo(product.url), {
        async after(message) {
          if (message.endsWith("CREATE TABLE a ()")) await product.sql(raise);
        },
      });
      const failure = await failureOf(product.run({ connector }));
      assert.equal(failure.code, "lock/fenced");
      assert.deepEqual(await product.attempts(), ["1 up ?"]);
      const [found] = await product.sql(
        "SELECT to_regclass('a') IS NULL AS a, to_regclass('b') AS b",
      );
      assert.deepEqual({ ...found }, { a: false, b: null });
    });

    test(
      "cannot be raised while a migration that asserted it is not committed",
      LIMIT,
      async () => {
        const product = await newProduct(await sharedCluster(major), [
          { up: "SELECT pg_sleep(0.6)" },
          { up: "SELECT pg_sleep(0.6)" },
        ]);
        const run = product.run();
        await runningBackend(product, "pg_sleep(0.6)");
        await assert.rejects(
          product.sql(`SET lock_timeout = 100; ${raise}`),
          /canceling statement due to lock timeout/,
        );
        assert.equal((await run).done.length, 2);
      },
    );
  });
}

describe("a process that was stopped", () => {
  const cases = [
    { where: "between transactions", list: ["SELECT pg_sleep(1)", "SELECT 2", "SELECT 3"] },
    { where: "at the end of its last transaction", list: ["SELECT 1", "SELECT pg_sleep(1)"] },
  ];
  for (const { where, list } of cases) {
    test(`${where} does not run what the one that took over ran`, LIMIT, async () => {
      const server = await sharedCluster(newest);
      const product = await newProduct(
        server,
        list.map((select, index) => ({ up: `CREATE TABLE t${index} (); ${select}` })),
      );
      const stopped = startMigrator(["up", ...product.args]);
      await runningBackend(product, "pg_sleep(1)");
      process.kill(stopped.pid, "SIGSTOP");
      if (where === "between transactions") {
        await eventually(async () => {
          const [row] = await product.sql(
            `SELECT count(*)::int AS open FROM pg_stat_activity
              WHERE state = 'idle in transaction' AND application_name = 'migrator app'
                AND datname = current_database()`,
          );
          return row?.["open"] === 1;
        }, { what: "the opening of the next transaction" });
      }
      const waited: string[] = [];
      try {
        await terminateLock(product);
        await product.run({
          report: (event) => event.type === "waiting" && waited.push(event.holder!.application),
        });
      } finally {
        process.kill(stopped.pid, "SIGCONT");
      }
      const { status, stderr } = await stopped.finished;
      assert.deepEqual(await product.attempts(), list.map((_, index) => `${index + 1} up t`));
      if (where === "between transactions") {
        // Both of its connections are gone; it may notice either of them first.
        assert.ok(status === 6 || status === 3, stderr);
        assert.match(stderr, /error\[(lock\/lost|lock\/fenced|connection\/lost)\]/);
        assert.ok(waited.length > 0 && waited.every((name) => name === "migrator app"));
      } else {
        // The server had everything it needed to commit; whether that was seen is a matter of luck.
        assert.ok(status === 0 || status === 6, stderr);
      }
    });
  }

  test("outside transactions goes no further than its statement", LIMIT, async () => {
    const product = await newProduct(await sharedCluster(newest), [
      { up: "SELECT pg_sleep(1); CREATE TABLE a ()", yaml: "transaction: none" },
    ]);
    const stopped = startMigrator(["up", ...product.args]);
    await runningBackend(product, "pg_sleep(1)");
    process.kill(stopped.pid, "SIGSTOP");
    try {
      await terminateLock(product);
      assert.equal((await failureOf(product.run())).code, "history/dirty");
      await eventually(async () => {
        const rows = await product.sql(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() " +
            "AND state = 'active' AND query LIKE 'SELECT pg_sleep%'",
        );
        return rows.length === 0;
      }, { what: "the end of the statement" });
    } finally {
      process.kill(stopped.pid, "SIGCONT");
    }
    const { status, stderr } = await stopped.finished;
    assert.equal(status, 6, stderr);
    const [found] = await product.sql("SELECT to_regclass('a') AS a");
    assert.deepEqual({ ...found }, { a: null });
  });
});

describe("a process that was killed", () => {
  test("leaves a statement behind, for which the next runner waits", LIMIT, async () => {
    const product = await newProduct(await sharedCluster(newest), [
      { up: "CREATE TABLE a (); SELECT pg_sleep(2)" },
      { up: "CREATE TABLE b ()" },
    ]);
    const killed = startMigrator(["up", ...product.args]);
    await runningBackend(product, "pg_sleep(2)");
    process.kill(killed.pid, "SIGKILL");
    await killed.finished;
    const refused = await failureOf(product.run({ lockWait: 0 }));
    assert.equal(refused.code, "lock/held");
    assert.match(refused.message, /an earlier runner has lost the lock/);
    assert.match(refused.hint ?? "", /pg_terminate_backend\(\d+\)/);
    await product.run();
    assert.deepEqual(await product.attempts(), ["1 up t", "2 up t"]);
  });
});

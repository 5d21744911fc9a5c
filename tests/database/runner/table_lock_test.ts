import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemClock } from "../../../src/runtime/clock.ts";
import { majors, newest, sharedCluster } from "../../support/cluster.ts";
import { startMigrator } from "../../support/command.ts";
import {
  concurrently,
  failureOf,
  newProduct,
  runningBackend,
  waitingForLock,
} from "../../support/harness.ts";
import { holdOpen } from "../../support/hold_open.ts";

const LIMIT = { timeout: 60_000 };

const ALTER = "CREATE TABLE more (); ALTER TABLE t ADD b int";

/** Sleeps no longer than a moment. */
const hasty = { ...systemClock, sleep: () => systemClock.sleep(5) };

for (const major of majors) {
  describe(`a table that is in use, on PostgreSQL ${major}`, () => {
    for (const yaml of major === newest ? ["", "transaction: none"] : [""]) {
      const how = yaml === "" ? "in a transaction" : "outside transactions";

      test(`is waited for in short tries, ${how}`, LIMIT, async () => {
        const product = await newProduct(await sharedCluster(major), [{ up: "CREATE TABLE t ()" }]);
        await product.run();
        product.rewrite([{ up: "CREATE TABLE t ()" }, { up: ALTER, yaml }]);
        const reader = await holdOpen(product, "SELECT FROM t");
        const reasons: string[] = [];
        const hasTried = Promise.withResolvers<void>();
        const run = product.run({
          lockTimeout: 200,
          report: (event) => {
            if (event.type === "retrying" && reasons.push(event.why) === 3) hasTried.resolve();
          },
        });
        // Others can go on reading while the first does: a waiting ALTER would make a queue of them.
        for (let i = 0; i < 10; i++) {
          await product.sql("SELECT FROM t");
          await systemClock.sleep(20);
        }
        await hasTried.promise;
        await reader.release();
        await run;
        assert.match(reasons[0] ?? "", /lock timeout/);
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up t"]);
      });

      test(`that is never let go of ends the run, ${how}`, LIMIT, async () => {
        const product = await newProduct(await sharedCluster(major), [{ up: "CREATE TABLE t ()" }]);
        await product.run();
        product.rewrite([{ up: "CREATE TABLE t ()" }, { up: ALTER, yaml }]);
        const reader = await holdOpen(product, "SELECT FROM t");
        const failure = await failureOf(product.run({ lockTimeout: 20, clock: hasty }));
        assert.equal(failure.code, "lock/table-busy");
        assert.equal(failure.exit, 6);
        assert.match(failure.message, /up\.sql:1:23, statement 2 of 2: .*SQLSTATE 55P03/);
        assert.match(failure.message, /Tried 12 times/);
        await reader.release();
        const [row] = await product.sql("SELECT to_regclass('more') IS NOT NULL AS more");
        assert.deepEqual({ ...row }, { more: yaml !== "" });
      });
    }

    test("is waited for as long as the migration's metadata says", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [{ up: "CREATE TABLE t ()" }]);
      await product.run();
      product.rewrite([{ up: "CREATE TABLE t ()" }, { up: ALTER, yaml: "lockTimeout: 20s" }]);
      const reader = await holdOpen(product, "SELECT FROM t");
      const events: string[] = [];
      const run = product.run({ lockTimeout: 20, report: ({ type }) => events.push(type) });
      await waitingForLock(product);
      // Far longer than the run's own limit.
      await systemClock.sleep(500);
      await reader.release();
      await run;
      assert.ok(!events.includes("retrying"));
    });

    test("does not keep a concurrent build from waiting", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [{
        up: "CREATE TABLE t (a int)",
      }]);
      await product.run();
      product.rewrite([
        { up: "CREATE TABLE t (a int)" },
        concurrently("CREATE INDEX CONCURRENTLY i ON t (a)"),
      ]);
      const writer = await holdOpen(product, "INSERT INTO t VALUES (1)");
      const run = product.run({ lockTimeout: 20 });
      await waitingForLock(product);
      await systemClock.sleep(500);
      await writer.release();
      await run;
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up t"]);
    });

    test("in another order than a neighbour's ends a deadlock by trying again", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE t (); CREATE TABLE u ()" },
      ]);
      await product.run();
      product.rewrite([
        { up: "CREATE TABLE t (); CREATE TABLE u ()" },
        { up: "LOCK TABLE t; SELECT pg_sleep(0.5); LOCK TABLE u" },
      ]);
      const reasons: string[] = [];
      const run = product.run({
        lockTimeout: 20_000,
        report: (event) => event.type === "retrying" && reasons.push(event.why),
      });
      await runningBackend(product, "pg_sleep(0.5)");
      // Looks for deadlocks so late that it is the migration that finds it.
      await product.sql("SET deadlock_timeout = '20s'; BEGIN; LOCK TABLE u; LOCK TABLE t; COMMIT");
      await run;
      assert.equal(reasons.length, 1);
      assert.match(reasons[0] ?? "", /deadlock/);
    });
  });
}

describe("--lock-timeout", () => {
  test("is what one statement waits, and the command says whom it waits for", LIMIT, async () => {
    const product = await newProduct(await sharedCluster(majors[0]!), [{
      up: "CREATE TABLE t ()",
    }]);
    await product.run();
    product.rewrite([{ up: "CREATE TABLE t ()" }, { up: ALTER }]);
    const reader = await holdOpen(product, "SELECT FROM t");
    const up = startMigrator(["up", "--lock-timeout", "100ms", ...product.args]);
    await up.printed(/2 m2 is tried again/);
    await reader.release();
    const { status, stderr } = await up.finished;
    assert.equal(status, 0, stderr);
    assert.match(stderr, /2 m2 is tried again in \d+\.\d s: a lock on a table was not to be had/);
  });
});

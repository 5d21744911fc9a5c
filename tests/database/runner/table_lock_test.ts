import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemClock } from "../../../src/runtime/clock.ts";
import { majors, newest, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import {
  concurrently,
  failureOf,
  newProduct,
  type Product,
  runningBackend,
} from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

const ALTER = "CREATE TABLE more (); ALTER TABLE t ADD b int";

/** A table that somebody reads in a transaction, for so many seconds. */
async function beingRead(product: Product, seconds: number): Promise<{ ended: Promise<unknown> }> {
  const ended = product.sql(`BEGIN; SELECT FROM t; SELECT pg_sleep(${seconds}); COMMIT`);
  await runningBackend(product, `pg_sleep(${seconds})`);
  return { ended };
}

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
        const reader = await beingRead(product, 1.5);
        const reasons: string[] = [];
        const began = performance.now();
        const run = product.run({
          lockTimeout: 200,
          report: (event) => event.type === "retrying" && reasons.push(event.why),
        });
        // Others can go on reading: a waiting ALTER would make a queue of them.
        let longest = 0;
        for (let i = 0; i < 10; i++) {
          const asked = performance.now();
          await product.sql("SELECT FROM t");
          longest = Math.max(longest, performance.now() - asked);
          await systemClock.sleep(80);
        }
        await run;
        await reader.ended;
        assert.ok(longest < 700, `a reader waited ${longest} ms`);
        assert.ok(performance.now() - began > 1_000);
        assert.ok(reasons.length > 0);
        assert.match(reasons[0] ?? "", /lock timeout/);
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up t"]);
      });

      test(`that is never let go of ends the run, ${how}`, LIMIT, async () => {
        const product = await newProduct(await sharedCluster(major), [{ up: "CREATE TABLE t ()" }]);
        await product.run();
        product.rewrite([{ up: "CREATE TABLE t ()" }, { up: ALTER, yaml }]);
        const reader = await beingRead(product, 1.7);
        const failure = await failureOf(product.run({ lockTimeout: 20, clock: hasty }));
        assert.equal(failure.code, "lock/table-busy");
        assert.equal(failure.exit, 6);
        assert.match(failure.message, /up\.sql:1:23, statement 2 of 2: .*SQLSTATE 55P03/);
        assert.match(failure.message, /Tried 12 times/);
        await reader.ended;
        const [row] = await product.sql("SELECT to_regclass('more') IS NOT NULL AS more");
        assert.deepEqual({ ...row }, { more: yaml !== "" });
      });
    }

    test("is waited for as long as the migration's metadata says", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [{ up: "CREATE TABLE t ()" }]);
      await product.run();
      product.rewrite([{ up: "CREATE TABLE t ()" }, { up: ALTER, yaml: "lockTimeout: 20s" }]);
      const reader = await beingRead(product, 1);
      const events: string[] = [];
      await product.run({ lockTimeout: 20, report: ({ type }) => events.push(type) });
      await reader.ended;
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
      const ended = product.sql("BEGIN; INSERT INTO t VALUES (1); SELECT pg_sleep(1); COMMIT");
      await runningBackend(product, "pg_sleep(1)");
      await product.run({ lockTimeout: 20 });
      await ended;
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
    const reader = await beingRead(product, 2);
    const { status, stderr } = await runMigrator([
      "up",
      "--lock-timeout",
      "100ms",
      ...product.args,
    ]);
    await reader.ended;
    assert.equal(status, 0, stderr);
    assert.match(stderr, /2 m2 is tried again in \d+\.\d s: a lock on a table was not to be had/);
  });
});

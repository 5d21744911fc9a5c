import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planUp } from "../../../src/plan/up.ts";
import type { IndexProgress } from "../../../src/runner/context/index_progress.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import { concurrently, newProduct, type Product, runningBackend } from "../../support/harness.ts";
import { holdOpen } from "../../support/hold_open.ts";

const LIMIT = { timeout: 60_000 };

/** An index over it takes some three seconds for each pass over the table. */
const SLOW_TABLE = {
  up: `CREATE TABLE t (a int, b text); INSERT INTO t SELECT i, repeat('x', 1000)
      FROM generate_series(1, 300) AS i;
    CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql
      AS 'BEGIN PERFORM pg_sleep(0.01); RETURN $1; END'`,
};

async function withTable(major: (typeof majors)[number], up: string): Promise<Product> {
  const product = await newProduct(await sharedCluster(major), [SLOW_TABLE, concurrently(up)]);
  await product.run({ plan: (input) => planUp(input, [1n]) });
  return product;
}

for (const major of majors) {
  describe(`the progress of an index build, on PostgreSQL ${major}`, () => {
    test("is told while it waits and while it works", LIMIT, async () => {
      const product = await withTable(major, "CREATE INDEX CONCURRENTLY i ON t (slow(a))");
      const writer = await holdOpen(product, "INSERT INTO t VALUES (0)");
      const seen: IndexProgress[] = [];
      await product.run({
        report: (event) => {
          if (event.type !== "progress") return;
          seen.push(event);
          if (event.locker !== null) void writer.release();
        },
      });
      const waiting = seen.find(({ phase }) => phase === "waiting for writers before build");
      assert.equal(waiting?.locker, writer.pid);
      assert.deepEqual([waiting.lockersDone, waiting.lockersTotal], [0, 1]);
      const scanning = seen.filter(({ phase }) => phase === "building index: scanning table");
      assert.ok(scanning.length > 0, seen.map(({ phase }) => phase).join(", "));
      for (const { index, percent, blocksTotal } of scanning) {
        assert.equal(index, "public.i");
        assert.ok(blocksTotal >= 43 && percent !== null && percent <= 100);
      }
      const percents = scanning.map(({ percent }) => percent);
      assert.deepEqual(percents, percents.toSorted((a, b) => a! - b!));
    });

    test("is a line for people, and an object for programs", LIMIT, async () => {
      const product = await withTable(major, "CREATE INDEX CONCURRENTLY i ON t (slow(a))");
      const people = await runMigrator(["up", ...product.args]);
      assert.equal(people.status, 0, people.stderr);
      assert.match(people.stderr, /^app: public\.i building index: scanning table, \d+%$/m);
      await product.sql("DROP INDEX i; DELETE FROM migrator.migration_logs WHERE version = 2");
      const programs = await runMigrator(["up", "--json", ...product.args]);
      const { seconds, percent, blocks_done, blocks_total, ...line } = programs.json()
        .find(({ phase }) => phase === "building index: scanning table") ?? {};
      for (const count of [seconds, percent, blocks_done, blocks_total]) {
        assert.equal(typeof count, "number");
      }
      assert.deepEqual(line, {
        event: "progress",
        database: "app",
        version: "2",
        name: "m2",
        direction: "up",
        file: "app/2_m2/up.sql",
        index: "public.i",
        phase: "building index: scanning table",
        tuples_done: 0,
        tuples_total: 0,
        lockers_done: 0,
        lockers_total: 0,
        locker: null,
      });
    });

    test("of another session is told, too", LIMIT, async () => {
      const product = await withTable(major, "CREATE INDEX CONCURRENTLY i ON t (slow(a))");
      const killed = startMigrator(["up", ...product.args]);
      await runningBackend(product, "CREATE INDEX CONCURRENTLY");
      killed.kill("SIGKILL");
      await killed.finished;
      const seen: string[] = [];
      await product.run({
        report: (event) => {
          if (event.type === "index") seen.push(event.what);
          if (event.type === "progress") seen.push(event.type);
        },
      });
      assert.deepEqual([...new Set(seen)], [
        "built-by-another-session",
        "progress",
        "already-valid",
      ]);
    });
  });
}

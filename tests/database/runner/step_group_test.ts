import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Failure } from "../../../src/failure.ts";
import type { RunEvent } from "../../../src/runner/context/event.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { failureOf, newProduct, type Written } from "../../support/harness.ts";
import { holdOpen } from "../../support/hold_open.ts";

const LIMIT = { timeout: 60_000 };

/** Migrations that are small enough to travel together. */
const tables = (count: number): Written[] =>
  Array.from({ length: count }, (_, index) => ({
    up: `CREATE TABLE t${index + 1} (); COMMENT ON TABLE t${index + 1} IS 'made'`,
    down: `DROP TABLE t${index + 1}`,
  }));

const upTo = (count: number) => Array.from({ length: count }, (_, index) => `${index + 1} up t`);

for (const major of majors) {
  describe(`small migrations in a row, on PostgreSQL ${major}`, () => {
    test("are each a transaction, told one after another", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), tables(40));
      const told: string[] = [];
      await product.run({
        report: (event) => "step" in event && told.push(`${event.type} ${event.step.version}`),
      });
      assert.deepEqual(
        told,
        upTo(40).flatMap((_, index) => [`started ${index + 1}`, `applied ${index + 1}`]),
      );
      const [transactions] = await product.sql(
        `SELECT count(DISTINCT xid), bool_and(finished_at >= started_at) AS in_order
        FROM migrator.migration_logs`,
      );
      assert.deepEqual({ ...transactions }, { count: "40", in_order: true });
    });

    test("stop at the one that fails, at its place, with those before it", LIMIT, async () => {
      const list = tables(20);
      const product = await newProduct(await sharedCluster(major), [
        ...list.slice(0, 6),
        { up: "CREATE TABLE x ();\nCREATE TABLE t3 ()" },
        ...list.slice(7),
      ]);
      const started: bigint[] = [];
      const failure = await failureOf(product.run({
        report: (event) => event.type === "started" && started.push(event.step.version),
      }));
      assert.equal(failure.code, "sql/statement-failed");
      assert.match(failure.message, /7_m7\/up\.sql:2:1, statement 2 of 2: relation "t3" already/);
      assert.deepEqual(failure.facts["done"], ["1", "2", "3", "4", "5", "6"]);
      assert.deepEqual(started, [1n, 2n, 3n, 4n, 5n, 6n, 7n]);
      assert.deepEqual(await product.attempts(), [...upTo(6), "7 up f"]);
      const [found] = await product.sql("SELECT to_regclass('x') AS x, to_regclass('t8') AS t8");
      assert.deepEqual({ ...found }, { x: null, t8: null });
      product.rewrite(list);
      await product.run();
      assert.deepEqual(await product.attempts(), [...upTo(6), "7 up f", ...upTo(20).slice(6)]);
    });

    test("wait for a table that somebody holds", LIMIT, async () => {
      const server = await sharedCluster(major);
      const list = tables(6);
      const product = await newProduct(server, [
        ...list.slice(0, 3),
        { up: "COMMENT ON TABLE held IS 'changed'" },
        ...list.slice(4),
      ]);
      await product.sql("CREATE TABLE held ()");
      const holder = await holdOpen(product, "LOCK TABLE held IN ACCESS EXCLUSIVE MODE");
      const retried: RunEvent[] = [];
      await product.run({
        lockTimeout: 100,
        report: (event) => {
          if (event.type !== "retrying") return;
          retried.push(event);
          void holder.release();
        },
      });
      assert.ok(retried.length > 0);
      assert.deepEqual(await product.attempts(), upTo(6));
    });

    test("know which of them the server remarks on", LIMIT, async () => {
      const product = await newProduct(
        await sharedCluster(major),
        tables(5).map(({ up }, index) => ({
          up: index % 2 === 1 ? up : `${up}; DROP TABLE IF EXISTS none${index + 1}`,
        })),
      );
      const remarks: string[] = [];
      await product.run({
        report: (event) =>
          event.type === "notice" && remarks.push(`${event.step.version}: ${event.message}`),
      });
      assert.deepEqual(
        remarks,
        [1, 3, 5].map((n) => `${n}: table "none${n}" does not exist, skipping`),
      );
    });

    test("go back in a row as well", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), tables(20));
      await product.run();
      await product.run({
        plan: ({ graph, database }) => ({
          database,
          steps: graph.ordered.toReversed().slice(0, 19).map((definition) => ({
            definition,
            direction: "down",
            script: definition.down!,
          })),
        }),
      });
      const [left] = await product.sql("SELECT count(*) FROM pg_tables WHERE tablename ~ '^t\\d'");
      assert.deepEqual({ ...left }, { count: "1" });
    });

    test("that are cancelled again and again run once each, in order", LIMIT, async () => {
      const COUNT = 150;
      const server = await sharedCluster(major);
      const product = await newProduct(server, tables(COUNT));
      let isOver = false;
      let cancels = 0;
      const cancelling = (async () => {
        while (!isOver) {
          const rows = await product.sql(
            `SELECT pg_cancel_backend(pid), pg_sleep(0.003) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'migrator app'`,
          );
          cancels += rows.length;
        }
      })();
      const failures: Failure[] = [];
      for (;;) {
        try {
          await product.run();
          break;
        } catch (error) {
          failures.push(error as Failure);
          // Without a breath between two runs, the first statement might never come through.
          if (failures.length > 50) isOver = true;
        }
      }
      isOver = true;
      await cancelling;
      assert.ok(cancels > 0);
      const succeeded = (await product.attempts()).filter((line) => line.endsWith("t"));
      assert.deepEqual(succeeded, upTo(COUNT));
      const [made] = await product.sql("SELECT count(*) FROM pg_tables WHERE tablename ~ '^t\\d'");
      assert.deepEqual({ ...made }, { count: String(COUNT) });
    });
  });
}

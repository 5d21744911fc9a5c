import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planUp } from "../../../src/plan/up.ts";
import { majors, sharedCluster, startCluster } from "../../support/cluster.ts";
import { startMigrator } from "../../support/command.ts";
import {
  concurrently,
  eventually,
  failureOf,
  newProduct,
  type Product,
  runningBackend,
  type Written,
} from "../../support/harness.ts";
import { holdOpen } from "../../support/hold_open.ts";

const LIMIT = { timeout: 60_000 };

const TABLES = {
  up: `CREATE SCHEMA "S x"; CREATE TABLE "S x".t (a int, b text); CREATE INDEX "I é" ON "S x".t (a);
    CREATE INDEX j ON "S x".t (b); INSERT INTO "S x".t SELECT i, i FROM generate_series(1, 500) AS i;
    CREATE TABLE p (a int) PARTITION BY RANGE (a);
    CREATE TABLE "P é" PARTITION OF p FOR VALUES FROM (0) TO (100)`,
};

/** What can be cut off, and how it looks half done and done. */
const CASES: readonly {
  readonly sql: string;
  readonly since?: number;
  /** What the server must hold on to, so that the statement waits in the middle. */
  readonly reader: string;
  /** True when it is half done. */
  readonly half: string;
  /** True when it is done. */
  readonly done: string;
  readonly resumed: readonly string[];
  /** What is told where the server had brought it to its end. */
  readonly ended: readonly string[];
}[] = [
  ...["", "IF EXISTS "].map((word) => ({
    sql: `DROP INDEX CONCURRENTLY ${word}"S x"."I é"`,
    reader: `SELECT FROM "S x".t`,
    half: `EXISTS (SELECT FROM pg_index JOIN pg_class ON oid = indexrelid
      WHERE relname = 'I é' AND NOT indisvalid)`,
    done: `to_regclass('"S x"."I é"') IS NULL`,
    resumed: ["dropping-again"],
    ended: ["still-running", "already-gone"],
  })),
  ...[`INDEX CONCURRENTLY "S x"."I é"`, `TABLE CONCURRENTLY "S x".t`, `SCHEMA CONCURRENTLY "S x"`]
    .map((words, index) => ({
      sql: `REINDEX ${words}`,
      reader: `INSERT INTO "S x".t VALUES (0)`,
      half: `EXISTS (SELECT FROM pg_class WHERE relname = 'I é_ccnew')`,
      done: `NOT EXISTS (SELECT FROM pg_class WHERE relname ~ '_cc(new|old)'
        AND relname <> 'stranger_ccnew') AND (SELECT indisvalid FROM pg_index
        WHERE indexrelid = '"S x"."I é"'::regclass)
        AND EXISTS (SELECT FROM pg_class WHERE relname = 'stranger_ccnew')`,
      // One for the index; two for those of the table, and its TOAST table's.
      resumed: Array(index === 0 ? 1 : 3).fill("dropping-leftover"),
      ended: ["still-running"],
    })),
  {
    sql: `ALTER TABLE p DETACH PARTITION "P é" CONCURRENTLY`,
    since: 14,
    reader: `SELECT FROM p`,
    half:
      `EXISTS (SELECT FROM pg_inherits WHERE inhrelid = '"P é"'::regclass AND inhdetachpending)`,
    done: `NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = '"P é"'::regclass)
      AND to_regclass('"P é"') IS NOT NULL`,
    resumed: ["finishing-detach"],
    ended: ["still-running", "already-detached"],
  },
];

/** The tables are there, and an invalid index whose name only looks like a leftover. */
async function withTables(major: (typeof majors)[number], last: Written): Promise<Product> {
  const product = await newProduct(await sharedCluster(major), [TABLES, last]);
  await product.run({ plan: (input) => planUp(input, [1n]) });
  await product.sql(`CREATE INDEX stranger_ccnew ON "S x".t (a);
    UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"S x".stranger_ccnew'::regclass`);
  return product;
}

async function isTrue(product: Product, condition: string): Promise<boolean> {
  const [row] = await product.sql(`SELECT ${condition} AS holds`);
  return row?.["holds"] === true;
}

async function runWithNews(product: Product): Promise<string[]> {
  const news: string[] = [];
  await product.run({ report: (event) => event.type === "resuming" && news.push(event.what) });
  return news;
}

for (const major of majors) {
  const cases = CASES.filter(({ since = 0 }) => major >= since);

  describe(`a statement with transactions of its own, on PostgreSQL ${major}`, () => {
    for (const { sql, reader, half, done, resumed } of cases) {
      test(`is finished by the next run when its backend ended: ${sql}`, LIMIT, async () => {
        const product = await withTables(major, { up: sql });
        const holder = await holdOpen(product, reader);
        const first = failureOf(product.run());
        await eventually(() => isTrue(product, half), { what: "it is half done" });
        const pid = await runningBackend(product, sql.slice(0, 25));
        await product.sql(`SELECT pg_terminate_backend(${pid})`);
        assert.equal((await first).code, "connection/lost");
        await holder.release();
        assert.equal(await isTrue(product, half), true);
        assert.equal((await product.sql("SELECT FROM migrator.dirty")).length, 1);
        assert.deepEqual(await runWithNews(product), resumed);
        assert.equal(await isTrue(product, done), true);
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up ?", "2 up t"]);
        assert.deepEqual(await product.sql("SELECT * FROM migrator.dirty"), []);
      });
    }

    for (const { sql, reader, half, done, ended } of cases) {
      test(`is waited for by the next run when the tool was killed: ${sql}`, LIMIT, async () => {
        const product = await withTables(major, { up: sql });
        const holder = await holdOpen(product, reader);
        const killed = startMigrator(["up", ...product.args]);
        await eventually(() => isTrue(product, half), { what: "it is half done", within: 30_000 });
        killed.kill("SIGKILL");
        await killed.finished;
        const news: string[] = [];
        await product.run({
          report: (event) => {
            if (event.type !== "resuming") return;
            news.push(event.what);
            void holder.release();
          },
        });
        assert.deepEqual(news, ended);
        assert.equal(await isTrue(product, done), true);
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up ?", "2 up t"]);
      });
    }

    test("that is refused at once is no half-done one, and is refused again", LIMIT, async () => {
      const product = await withTables(major, { up: "DROP INDEX CONCURRENTLY nowhere" });
      for (let tries = 0; tries < 2; tries++) {
        const failure = await failureOf(product.run());
        assert.equal(failure.code, "sql/statement-failed");
        assert.match(failure.message, /SQLSTATE 42704/);
        assert.deepEqual(await product.sql("SELECT FROM migrator.dirty"), []);
      }
    });

    test("that a person has finished counts as done", LIMIT, async () => {
      const product = await withTables(major, { up: `DROP INDEX CONCURRENTLY "S x".j` });
      const holder = await holdOpen(product, `SELECT FROM "S x".t`);
      const first = failureOf(product.run());
      const pid = await runningBackend(product, "DROP INDEX CONC");
      await product.sql(`SELECT pg_cancel_backend(${pid})`);
      assert.equal((await first).code, "sql/statement-failed");
      await holder.release();
      await product.sql(`DROP INDEX "S x".j`);
      assert.deepEqual(await runWithNews(product), ["already-gone"]);
    });
  });

  describe(`a concurrent build that was cut off, on PostgreSQL ${major}`, () => {
    test("by a killed server is built anew", LIMIT, async () => {
      const cluster = await startCluster({ major });
      try {
        const product = await newProduct(cluster, [
          TABLES,
          concurrently(`CREATE INDEX CONCURRENTLY k ON "S x".t (a) WHERE b > '1'`),
        ]);
        await product.run({ plan: (input) => planUp(input, [1n]) });
        await holdOpen(product, `INSERT INTO "S x".t VALUES (0)`);
        const first = failureOf(product.run());
        await eventually(() => isTrue(product, `to_regclass('"S x".k') IS NOT NULL`), {
          what: "the index",
        });
        await cluster.stop("immediate");
        assert.match((await first).code, /^(connection|lock)\/lost$/);
        await cluster.start();
        const news: string[] = [];
        await product.run({ report: (event) => event.type === "index" && news.push(event.what) });
        assert.deepEqual(news, ["dropping-invalid"]);
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up ?", "2 up t"]);
      } finally {
        await cluster.stop("immediate");
      }
    });

    for (const [words, index] of [["INDEX", "t_b_idx"], ["UNIQUE INDEX", "t_b_idx"]]) {
      test(`without a name is found by its definition: ${words}`, LIMIT, async () => {
        const product = await withTables(
          major,
          concurrently(`CREATE ${words} CONCURRENTLY ON "S x".t (b)`),
        );
        await product.sql(`CREATE INDEX t_b_idx9 ON "S x".t (a)`);
        const holder = await holdOpen(product, `INSERT INTO "S x".t VALUES (0)`);
        const first = failureOf(product.run());
        await eventually(() => isTrue(product, `to_regclass('"S x".${index}') IS NOT NULL`), {
          what: "the index",
        });
        const pid = await runningBackend(product, "CONCURRENTLY ON");
        await product.sql(`SELECT pg_terminate_backend(${pid})`);
        assert.equal((await first).code, "connection/lost");
        await holder.release();
        const news: string[] = [];
        await product.run({ report: (event) => event.type === "index" && news.push(event.what) });
        assert.deepEqual(news, ["dropping-invalid"]);
        const rows = await product.sql(
          `SELECT relname AS name, indisvalid AS valid FROM pg_index
          JOIN pg_class ON oid = indexrelid WHERE relname LIKE 't_b%' ORDER BY 1`,
        );
        assert.deepEqual(rows.map((row) => ({ ...row })), [
          { name: index, valid: true },
          { name: "t_b_idx9", valid: true },
        ]);
      });
    }

    test("of a partitioned table is the server's to refuse", LIMIT, async () => {
      const product = await withTables(
        major,
        concurrently("CREATE INDEX CONCURRENTLY IF NOT EXISTS k ON ONLY p (a)"),
      );
      await product.sql("CREATE INDEX k ON ONLY p (a)");
      const failure = await failureOf(product.run());
      assert.match(failure.message, /on partitioned table "p" concurrently/);
      assert.equal(await isTrue(product, "to_regclass('k') IS NOT NULL"), true);
    });
  });
}

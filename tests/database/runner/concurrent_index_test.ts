import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planUp } from "../../../src/plan/up.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import {
  concurrently,
  eventually,
  failureOf,
  newProduct,
  type Product,
  runningBackend,
  sleep,
  waitingForLock,
} from "../../support/harness.ts";
import { holdOpen } from "../../support/hold_open.ts";

const LIMIT = { timeout: 60_000 };

const TABLE = {
  up: `CREATE TABLE "T é" (a int, "B" text, c int[]); CREATE SCHEMA s; CREATE TABLE s.t (a int);
    CREATE TABLE t (a int, b text, c timestamptz);
    INSERT INTO t SELECT i, i::text FROM generate_series(1, 500) AS i`,
};

/** An index as somebody made it by hand, and as the migration wants it. */
const INDEXES: readonly { readonly is: string; readonly made?: string; readonly wanted: string }[] =
  [
    { is: "plain", wanted: "INDEX CONCURRENTLY i ON t (a)" },
    { is: "unique", wanted: "UNIQUE INDEX CONCURRENTLY i ON t (a)" },
    { is: "partial", wanted: "INDEX CONCURRENTLY i ON t (a) WHERE a > 7 AND b <> 'x'" },
    { is: "partial, with the table's name", wanted: "INDEX CONCURRENTLY i ON t (a) WHERE t.a > 7" },
    { is: "an expression", wanted: "INDEX CONCURRENTLY i ON t (lower(b), (a + 1))" },
    { is: "on a table with its schema", wanted: "INDEX CONCURRENTLY i ON s.t USING btree (a)" },
    { is: "on names in quotes", wanted: `INDEX CONCURRENTLY "I é" ON "T é" ("B")` },
    { is: "of another method", wanted: `INDEX CONCURRENTLY i ON "T é" USING gin (c)` },
    {
      is: "of many words",
      made: "INDEX i ON t USING btree (a ASC NULLS LAST, b text_ops) INCLUDE (c)",
      wanted: "INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY t (a, b) INCLUDE (c)",
    },
    {
      is: "of other orders and options",
      wanted: `INDEX CONCURRENTLY i ON t (b COLLATE "C" text_pattern_ops DESC, a NULLS FIRST)
        WITH (fillfactor = 70)`,
    },
  ];

const DIFFERENT: readonly {
  readonly made: string;
  readonly wanted: string;
  readonly why: RegExp;
}[] = [
  { made: "INDEX i ON t (b)", wanted: "INDEX CONCURRENTLY i ON t (a)", why: /wants .*\(a\)/ },
  {
    made: "INDEX i ON t (a)",
    wanted: "UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)",
    why: /wants UNIQUE/,
  },
  {
    made: "INDEX i ON t (a)",
    wanted: "INDEX CONCURRENTLY i ON t (a) WHERE a > 0",
    why: /wants .*WHERE/,
  },
  {
    made: `INDEX i ON "T é" (a)`,
    wanted: "INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)",
    why: /belongs to another table/,
  },
];

/** The first migration applied, so that the index is what is left to do. */
async function withTable(major: (typeof majors)[number], index: string): Promise<Product> {
  const product = await newProduct(await sharedCluster(major), [
    TABLE,
    concurrently(`CREATE ${index}`),
  ]);
  await product.run({ plan: (input) => planUp(input, [1n]) });
  return product;
}

async function isValid(product: Product, name: string): Promise<boolean | undefined> {
  const [row] = await product.sql(
    `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('${name}')`,
  );
  return row?.["valid"] as boolean | undefined;
}

for (const major of majors) {
  describe(`a concurrent index that is there already, on PostgreSQL ${major}`, () => {
    for (const { is, made, wanted } of INDEXES) {
      test(`is taken as it is when it is the same: ${is}`, LIMIT, async () => {
        const product = await withTable(major, wanted);
        await product.sql(`CREATE ${made ?? wanted.replace("CONCURRENTLY", "")}`);
        const [before] = await product.sql(
          "SELECT max(oid::bigint) AS oid FROM pg_class WHERE relkind = 'i'",
        );
        const news: string[] = [];
        await product.run({ report: (event) => event.type === "index" && news.push(event.what) });
        const [after] = await product.sql(
          "SELECT max(oid::bigint) AS oid FROM pg_class WHERE relkind = 'i'",
        );
        assert.deepEqual(news, ["already-valid"]);
        assert.deepEqual({ ...after }, { ...before });
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up t"]);
      });
    }

    for (const { made, wanted, why } of DIFFERENT) {
      test(`is refused when it is another: ${made} for ${wanted}`, LIMIT, async () => {
        const product = await withTable(major, wanted);
        await product.sql(`CREATE ${made}`);
        const failure = await failureOf(product.run());
        assert.equal(failure.code, "sql/index-differs");
        assert.equal(failure.exit, 7);
        assert.match(failure.message, why);
        assert.match(failure.hint ?? "", /DROP INDEX CONCURRENTLY public\.i/);
        await product.sql("DROP INDEX i");
        await product.run();
        assert.equal(await isValid(product, "i"), true);
      });
    }

    test("under a name that a table has is an error", LIMIT, async () => {
      const product = await withTable(major, "INDEX CONCURRENTLY t ON t (a)");
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "sql/statement-failed");
      assert.match(failure.message, /2_m2\/up\.sql:1:1, .*SQLSTATE 42P07/);
    });

    test(
      "under a name that a table has is told when IF NOT EXISTS lets it pass",
      LIMIT,
      async () => {
        const product = await withTable(major, "INDEX CONCURRENTLY IF NOT EXISTS t ON t (a)");
        const { status, stderr } = await runMigrator(["up", ...product.args]);
        assert.equal(status, 0, stderr);
        assert.match(stderr, /index t was not built: IF NOT EXISTS/);
      },
    );
  });

  describe(`a concurrent build that was cut off, on PostgreSQL ${major}`, () => {
    const cuts = [
      { by: "pg_cancel_backend", code: "sql/statement-failed" },
      { by: "pg_terminate_backend", code: "connection/lost" },
    ] as const;
    for (const { by, code } of cuts) {
      test(`by ${by} is built anew by the next run`, LIMIT, async () => {
        const product = await withTable(
          major,
          "UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)",
        );
        const writer = await holdOpen(product, "INSERT INTO t VALUES (0)");
        const first = failureOf(product.run());
        const pid = await runningBackend(product, "UNIQUE INDEX CONCURRENTLY");
        await eventually(async () => await isValid(product, "i") === false, { what: "the index" });
        await product.sql(`SELECT ${by}(${pid})`);
        assert.equal((await first).code, code);
        assert.equal(await isValid(product, "i"), false);
        await writer.release();
        const news: string[] = [];
        await product.run({ report: (event) => event.type === "index" && news.push(event.what) });
        assert.deepEqual(news, ["dropping-invalid"]);
        assert.equal(await isValid(product, "i"), true);
      });
    }

    test(
      "with its process goes on in the server, and the next run waits for it",
      LIMIT,
      async () => {
        const product = await withTable(major, "INDEX CONCURRENTLY i ON t (a)");
        const writer = await holdOpen(product, "INSERT INTO t VALUES (0)");
        const killed = startMigrator(["up", ...product.args]);
        await runningBackend(product, "CREATE INDEX CONCURRENTLY");
        await eventually(async () => await isValid(product, "i") === false, { what: "the index" });
        killed.kill("SIGKILL");
        await killed.finished;
        const news: string[] = [];
        await product.run({
          report: (event) => {
            if (event.type !== "index") return;
            news.push(event.what);
            if (event.what === "built-by-another-session") void writer.release();
          },
        });
        assert.deepEqual(news, ["built-by-another-session", "already-valid"]);
        assert.equal(await isValid(product, "i"), true);
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up ?", "2 up t"]);
        assert.deepEqual(await product.sql("SELECT * FROM migrator.dirty"), []);
      },
    );

    test("because it is not unique is built anew once that is mended", LIMIT, async () => {
      const product = await withTable(major, "UNIQUE INDEX CONCURRENTLY i ON t (b)");
      await product.sql("INSERT INTO t VALUES (0, '1')");
      const failure = await failureOf(product.run());
      assert.match(failure.message, /SQLSTATE 23505/);
      await product.sql("DELETE FROM t WHERE a = 0");
      await product.run();
      assert.equal(await isValid(product, "i"), true);
    });

    test("is dropped whatever timeouts the role has", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await withTable(major, "UNIQUE INDEX CONCURRENTLY i ON t (b)");
      await product.sql("INSERT INTO t VALUES (0, '1')");
      await failureOf(product.run());
      await product.sql("DELETE FROM t WHERE a = 0");
      await server.sql("postgres", `ALTER DATABASE ${product.postgres} SET lock_timeout = '50ms'`);
      await server.sql(
        "postgres",
        `ALTER DATABASE ${product.postgres} SET statement_timeout = '200ms'`,
      );
      const writer = await holdOpen(product, "INSERT INTO t VALUES (-1)");
      const run = product.run();
      await waitingForLock(product);
      // Longer than both timeouts.
      await sleep(500);
      await writer.release();
      await run;
      assert.equal(await isValid(product, "i"), true);
    });
  });

  describe(`a concurrent build with others waiting, on PostgreSQL ${major}`, () => {
    test("deadlocks with nobody", LIMIT, async () => {
      for (let repetition = 0; repetition < 3; repetition++) {
        const product = await newProduct(await sharedCluster(major), [
          TABLE,
          concurrently("CREATE INDEX CONCURRENTLY i ON t (a)"),
          concurrently("CREATE UNIQUE INDEX CONCURRENTLY j ON t (b)"),
          { up: "ALTER TABLE t ADD d int" },
          concurrently("CREATE INDEX CONCURRENTLY k ON t (d)"),
        ]);
        const process = startMigrator(["up", ...product.args]);
        const runs = await Promise.all([product.run(), product.run(), product.run()]);
        const { status, stderr } = await process.finished;
        assert.equal(status, 0, stderr);
        const done = runs.reduce((sum, run) => sum + run.done.length, 0);
        assert.ok(done === 0 || done === 5);
        assert.deepEqual(await product.attempts(), [1, 2, 3, 4, 5].map((n) => `${n} up t`));
      }
    });
  });
}

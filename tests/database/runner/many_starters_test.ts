import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import process from "node:process";
import { majors, startCluster } from "../../support/cluster.ts";
import { startMigrator } from "../../support/command.ts";
import {
  concurrently,
  eventually,
  failureOf,
  newProduct,
  runningBackend,
} from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };

/** More than there is room for; MIGRATOR_TEST_CROWD=200 for a trial by hand. */
const CROWD = Number(process.env["MIGRATOR_TEST_CROWD"] ?? 60);
const PROCESSES = Number(process.env["MIGRATOR_TEST_CROWD_PROCESSES"] ?? 5);
const ROOM = process.env["MIGRATOR_TEST_CROWD_ROOM"] ?? "30";

const LIST = [
  {
    up:
      "CREATE TABLE t (a int, b int); INSERT INTO t SELECT i, i FROM generate_series(1, 1000) AS i",
  },
  concurrently("CREATE INDEX CONCURRENTLY i ON t (a)"),
  { up: "CREATE TABLE u (n int); INSERT INTO u VALUES (1)" },
  concurrently("CREATE UNIQUE INDEX CONCURRENTLY j ON t (b)"),
  // Long enough for another runner to get in, if the lock did not keep it out.
  { up: "SELECT pg_sleep(0.5)", yaml: "transaction: none" },
  { up: "UPDATE u SET n = n + 1" },
];

for (const major of majors) {
  describe(`${CROWD} starters and ${ROOM} connections, on PostgreSQL ${major}`, () => {
    const started = startCluster({ major, settings: { max_connections: ROOM } });
    after(async () => (await started).dispose());

    test("all end well, and every migration has run once", LIMIT, async () => {
      const cluster = await started;
      const product = await newProduct(cluster, LIST);
      const processes = Array.from(
        { length: PROCESSES },
        () => startMigrator(["up", "--lock-wait", "100s", ...product.args], { timeout: 110_000 }),
      );
      const runs = await Promise.all(
        Array.from({ length: CROWD - PROCESSES }, () => product.run({ lockWait: 100_000 })),
      );
      const ended = await Promise.all(processes.map(({ finished }) => finished));
      for (const { status, stderr } of ended) assert.equal(status, 0, stderr);
      const workers = runs.filter(({ done }) => done.length > 0);
      assert.ok(workers.length <= 1, "more than one worked");
      assert.deepEqual(await product.attempts(), LIST.map((_, index) => `${index + 1} up t`));
      assert.deepEqual(await product.sql("SELECT n FROM u"), [{ n: 2 }]);
      const invalid = await product.sql("SELECT FROM pg_index WHERE NOT indisvalid");
      assert.equal(invalid.length, 0);
      const log = await cluster.log();
      assert.match(log, /too many clients already/);
      assert.doesNotMatch(log, /deadlock/);
    });

    test("that may not wait are told what is missing", LIMIT, async () => {
      const cluster = await started;
      const product = await newProduct(cluster, [{ up: "SELECT pg_sleep(600)" }]);
      const first = failureOf(product.run());
      const pid = await runningBackend(product, "pg_sleep(600)");
      await eventually(async () => {
        const named = await product.sql(
          "SELECT FROM pg_stat_activity WHERE application_name = 'migrator up app 1'",
        );
        return named.length > 0;
      }, { what: "the lock's session says what it is for" });
      const second = await failureOf(product.run({ lockWait: 0 }));
      assert.equal(second.code, "lock/held");
      assert.equal(second.exit, 6);
      assert.match(second.message, /held by migrator up app 1 \(pid \d+, role postgres, from /);
      assert.match(second.hint ?? "", /--lock-wait/);
      await product.sql(`SELECT pg_cancel_backend(${pid})`);
      await first;
    });

    test("of which none has room for two connections say so", LIMIT, async () => {
      const cluster = await started;
      const product = await newProduct(cluster, LIST);
      await cluster.sql(
        "postgres",
        `DO $$ BEGIN CREATE ROLE single LOGIN SUPERUSER CONNECTION LIMIT 1;
          EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        ALTER ROLE single NOSUPERUSER; GRANT ALL ON DATABASE ${product.postgres} TO single`,
      );
      const alone = await newProduct(cluster, [{ up: "SELECT 1" }], {
        postgres: product.postgres,
        url: product.url.replace("postgres@", "single@"),
      });
      const failure = await failureOf(alone.run({ lockWait: 500 }));
      assert.equal(failure.code, "lock/no-connection");
      assert.equal(failure.exit, 6);
      assert.match(failure.hint ?? "", /two connections/);
    });
  });
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import { pgbouncer, type Pooler, type PoolerSettings, startPooler } from "../../support/pooler.ts";
import { connectorTo, failureOf, newProduct, type Product } from "../../support/harness.ts";

const LIMIT = { timeout: 90_000 };

const CROWD = 20;
const PROCESSES = 3;

const LIST = [
  {
    up: "CREATE TABLE t (a int); INSERT INTO t SELECT i FROM generate_series(1, 1000) AS i",
  },
  { up: "CREATE TYPE mood AS ENUM ('good'); CREATE SCHEMA s; CREATE TABLE s.v (m mood)" },
  { up: "CREATE FUNCTION f(i int) RETURNS int LANGUAGE sql AS 'SELECT i + 1'" },
  { up: "CREATE TABLE u (n int); INSERT INTO u VALUES (f(0))" },
  // Long enough for another runner to get in, if the lock did not keep it out.
  { up: "SELECT pg_sleep(0.3)" },
  { up: "CREATE INDEX i ON t (a); UPDATE u SET n = f(n)" },
];

const locksOf = async (server: Server, { postgres }: Product) =>
  (await server.sql(
    postgres,
    "SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = " +
      "(SELECT oid FROM pg_database WHERE datname = current_database())",
  )).length;

for (const major of majors) {
  describe(`With PgBouncer before PostgreSQL ${major}`, { skip: pgbouncer === undefined }, () => {
    /** A pooler of its own, for as long as the work takes. */
    const behind = async (
      settings: PoolerSettings,
      work: (server: Server, pooler: Pooler) => Promise<void>,
    ) => {
      const server = await sharedCluster(major);
      const pooler = await startPooler(server, { pool_mode: "transaction", ...settings });
      try {
        await work(server, pooler);
      } finally {
        await pooler.dispose();
      }
    };

    for (const size of [2, 20]) {
      test(
        `and a pool of ${size}, ${CROWD} starters end well; each migration runs once`,
        LIMIT,
        () =>
          behind({ default_pool_size: size }, async (server, pooler) => {
            const product = await newProduct(server, LIST);
            const url = pooler.url(product.postgres);
            const args = ["--migrations", product.directory, "--database-url", url];
            const processes = Array.from(
              { length: PROCESSES },
              () => startMigrator(["up", "--lock-wait", "60s", ...args]),
            );
            const runs = await Promise.all(
              Array.from(
                { length: CROWD - PROCESSES },
                async () => product.run({ connector: await connectorTo(url), lockWait: 60_000 }),
              ),
            );
            for (const { finished } of processes) {
              const { status, stderr } = await finished;
              assert.equal(status, 0, stderr);
            }
            assert.ok(runs.filter(({ done }) => done.length > 0).length <= 1, "several worked");
            assert.deepEqual(await product.attempts(), LIST.map((_, i) => `${i + 1} up t`));
            assert.deepEqual(await product.sql("SELECT n FROM u"), [{ n: 2 }]);
            assert.equal(await locksOf(server, product), 0);
          }),
      );
    }

    test(
      `and a pool of 1, ${CROWD} starters say in time what is missing`,
      LIMIT,
      () =>
        behind({ default_pool_size: 1 }, async (server, pooler) => {
          const product = await newProduct(server, LIST);
          const url = pooler.url(product.postgres);
          const lockWait = 2_000;
          const began = performance.now();
          const failures = await Promise.all(
            Array.from(
              { length: CROWD },
              async () => failureOf(product.run({ connector: await connectorTo(url), lockWait })),
            ),
          );
          assert.ok(performance.now() - began < 30_000, "one waited beyond its limit");
          for (const failure of failures) {
            assert.equal(failure.exit, 6, `${failure.code}: ${failure.message}`);
          }
          assert.ok(failures.some(({ code }) => code === "lock/no-connection"));
          assert.deepEqual(await product.sql("SELECT to_regclass('t') AS t"), [{ t: null }]);
          assert.equal(await locksOf(server, product), 0);
        }),
    );

    test(
      "and a pool of 1, the command line exits with 6 and names what to do",
      LIMIT,
      () =>
        behind({ default_pool_size: 1, query_wait_timeout: 2 }, async (server, pooler) => {
          const product = await newProduct(server, LIST);
          const url = pooler.url(product.postgres);
          const args = ["--migrations", product.directory, "--database-url", url];
          const { status, stderr } = await runMigrator(["up", "--lock-wait", "3s", ...args]);
          assert.equal(status, 6, stderr);
          assert.match(stderr, /lock\/no-connection/);
          assert.match(stderr, /query_wait_timeout|did not answer the first query/);
          assert.match(stderr, /pool_size to 2 or more/);
          const direct = ["--direct-url", server.url(product.postgres)];
          const around = await runMigrator(["up", ...args, ...direct]);
          assert.equal(around.status, 0, around.stderr);
          assert.deepEqual(await product.attempts(), LIST.map((_, i) => `${i + 1} up t`));
        }),
    );

    test(
      "that has no room for more clients, its own words are heard",
      LIMIT,
      () =>
        behind({ max_client_conn: 1 }, async (server, pooler) => {
          const product = await newProduct(server, LIST);
          const connector = await connectorTo(pooler.url(product.postgres));
          const failure = await failureOf(product.run({ connector, lockWait: 500 }));
          assert.equal(failure.code, "lock/no-connection");
          assert.match(failure.message, /no more connections allowed/);
        }),
    );

    test(
      "that cuts idle transactions, the lost lock stops the run and says why",
      LIMIT,
      () =>
        behind({ default_pool_size: 4, idle_transaction_timeout: 1 }, async (server, pooler) => {
          const product = await newProduct(server, [
            { up: "CREATE TABLE t (n int)" },
            { up: "SELECT pg_sleep(30)" },
            { up: "CREATE TABLE u (n int)" },
          ]);
          const connector = await connectorTo(pooler.url(product.postgres));
          const failure = await failureOf(product.run({ connector }));
          assert.equal(failure.code, "lock/lost");
          assert.match(failure.message, /idle transaction timeout/);
          assert.match(failure.hint ?? "", /idle_transaction_timeout.*--direct-url/s);
          assert.deepEqual(await product.sql("SELECT to_regclass('u') AS u"), [{ u: null }]);
          assert.equal(await locksOf(server, product), 0);
        }),
    );
  });
}

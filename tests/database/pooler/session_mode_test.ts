import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { poolingOf } from "../../../src/connection/session/pooling.ts";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";
import { startMigrator } from "../../support/command.ts";
import { pgbouncer, type Pooler, startPooler } from "../../support/pooler.ts";
import { concurrently, connectorTo, newProduct } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

const LIST = [
  { up: "CREATE TABLE t (n int); INSERT INTO t SELECT i FROM generate_series(1, 100) AS i" },
  concurrently("CREATE INDEX CONCURRENTLY i ON t (n)"),
  { up: "CREATE SCHEMA s; SET search_path = s; CREATE TABLE v ()" },
  { up: "SELECT pg_advisory_lock(1); CREATE TABLE w ()" },
  { up: "VACUUM t" },
];

for (const major of majors) {
  const name = `Behind PgBouncer in session mode, on PostgreSQL ${major},`;
  describe(name, { skip: pgbouncer === undefined }, () => {
    let server: Server;
    let pooler: Pooler;
    before(async () => {
      server = await sharedCluster(major);
      // No more than a run needs: what it finds out about the pooler must not cost it a third.
      pooler = await startPooler(server, { pool_mode: "session", default_pool_size: 2 });
    });
    after(() => pooler?.dispose());

    test("it is told from transaction mode, with room and without", LIMIT, async () => {
      const connector = await connectorTo(pooler.url(await server.createDatabase()));
      const signal = new AbortController().signal;
      const session = await connector.open({ applicationName: "test" });
      assert.equal(await poolingOf(session, { connector, signal }), "session");
      const other = await connector.open({ applicationName: "other" });
      assert.equal(await poolingOf(session, { connector, signal }), "session");
      await session.close();
      await other.close();
    });

    test("everything works, concurrent builds and settings included", LIMIT, async () => {
      const product = await newProduct(server, LIST);
      const connector = await connectorTo(pooler.url(product.postgres));
      await product.run({ connector });
      assert.deepEqual(await product.attempts(), LIST.map((_, i) => `${i + 1} up t`));
      const found = "to_regclass('s.v') IS NOT NULL AS v, to_regclass('public.w') IS NOT NULL AS w";
      assert.deepEqual(await product.sql(`SELECT ${found}`), [{ v: true, w: true }]);
    });

    test("a signal cancels the statement on the server", LIMIT, async () => {
      const product = await newProduct(server, [{ up: "SELECT pg_sleep(50)" }]);
      const url = pooler.url(product.postgres);
      const args = ["--migrations", product.directory, "--database-url", url];
      const running = startMigrator(["up", ...args]);
      await running.printed(/to run/);
      const sleeping = () =>
        product.sql(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() " +
            "AND state = 'active' AND query = 'SELECT pg_sleep(50)'",
        );
      while ((await sleeping()).length === 0) await new Promise((next) => setTimeout(next, 50));
      running.kill("SIGINT");
      const { status, stderr } = await running.finished;
      assert.equal(status, 130, stderr);
      assert.match(stderr, /cancelled on the server and rolled back/);
      assert.equal((await sleeping()).length, 0);
      assert.deepEqual(await product.attempts(), ["1 up f"]);
    });
  });
}

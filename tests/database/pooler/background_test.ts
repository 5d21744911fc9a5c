import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADD_ONE, declared, newScene, queue, work } from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { pgbouncer, startPooler } from "../../support/pooler.ts";
import { connectorTo } from "../../support/harness.ts";

for (const major of majors) {
  const title = `Behind PgBouncer in transaction mode, on PostgreSQL ${major},`;
  describe(title, { skip: pgbouncer === undefined }, () => {
    test("batches are worked on, each row once", { timeout: 60_000 }, async () => {
      const server = await sharedCluster(major);
      const { session, sql, url } = await newScene(server, 3_000);
      // Two backends for three clients: no transaction may rely on the one before.
      const pooler = await startPooler(server, { pool_mode: "transaction", default_pool_size: 2 });
      try {
        const add = ADD_ONE;
        const sizes = { batchSize: 300, subBatchSize: 20, maxBatchSize: 300 };
        await queue(session, declared({ table: "counted", sql: add, ...sizes }));
        const database = new URL(url).pathname.slice(1);
        const ends = await work(await connectorTo(pooler.url(database)), { workers: 3 });
        assert.deepEqual(await sql("SELECT n, count(*) FROM counted GROUP BY n"), [
          { n: "1", count: "3000" },
        ]);
        const [done] = await sql(
          "SELECT count(DISTINCT backend_pid) > 1 AS shared, max(attempts) AS attempts " +
            "FROM migrator.batched_background_migration_jobs",
        );
        assert.deepEqual(done, { shared: "t", attempts: "1" });
        assert.ok(ends.filter(({ batches }) => batches > 0).length > 1);
      } finally {
        await pooler.dispose();
        await session.close();
      }
    });
  });
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BackgroundEvent } from "../../../src/background/state/event.ts";
import { ADD_ONE, declared, newScene, queue, template, work } from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";

const MIGRATION = "SELECT * FROM migrator.batched_background_migrations ORDER BY id";

for (const major of majors) {
  describe(`workers, on PostgreSQL ${major}`, () => {
    test("visit every row exactly once, whatever the sizes", {}, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 3_000);
      const sizes = [[1_000, 100], [7, 3], [10_000, 10_000], [50, 50]] as const;
      for (const [batchSize, subBatchSize] of sizes) {
        const name = `t${batchSize}`;
        await queue(
          session,
          declared({ table: "counted", sql: ADD_ONE, batchSize, subBatchSize, name }),
        );
      }
      await work(connector, { workers: 3 });
      assert.deepEqual(await sql("SELECT n, count(*) FROM counted GROUP BY n"), [
        { n: "4", count: "3000" },
      ]);
      const rows = await sql(MIGRATION);
      assert.deepEqual(rows.map(({ status }) => status), ["3", "3", "3", "3"]);
      assert.deepEqual([rows[0]!["min_value"], rows[0]!["max_value"]], ["3", "9000"]);
      assert.equal(rows[0]!["total_tuple_count"], "3000");
      assert.deepEqual(
        await sql(
          "SELECT sum(affected_rows) AS rows, count(*) FILTER (WHERE status <> 3) AS open, " +
            "max(attempts) AS attempts FROM migrator.batched_background_migration_jobs",
        ),
        [{ rows: "12000", open: "0", attempts: "1" }],
      );
      await session.close();
    });

    test("put a refused row aside, where they may, and do the rest", {}, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 2_000);
      await sql("UPDATE counted SET n = 2147483647 WHERE id IN (300, 3000)");
      await queue(
        session,
        declared({ table: "counted", sql: ADD_ONE, subBatchSize: 1_000, maxQuarantined: 2 }),
      );
      const events: BackgroundEvent[] = [];
      await work(connector, { events });
      assert.deepEqual(
        await sql("SELECT n, count(*) FROM counted GROUP BY n ORDER BY n"),
        [{ n: "1", count: "1998" }, { n: "2147483647", count: "2" }],
      );
      assert.deepEqual(
        await sql(
          "SELECT until_cursor, sqlstate FROM migrator.batched_background_migration_quarantine",
        ),
        [
          { until_cursor: '["300"]', sqlstate: "22003" },
          { until_cursor: '["3000"]', sqlstate: "22003" },
        ],
      );
      assert.deepEqual((await sql(MIGRATION)).map(({ status }) => status), ["3"]);
      const failures = await sql(
        "SELECT j.id, l.exception_class, l.exception_message FROM " +
          "migrator.batched_background_migration_job_transition_logs l JOIN " +
          "migrator.batched_background_migration_jobs j ON " +
          "j.id = l.batched_background_migration_job_id JOIN " +
          "migrator.batched_background_migrations m ON m.id = j.batched_background_migration_id " +
          "WHERE l.next_status = '2' AND m.job_class_name = 'test'",
      );
      // Each of the two in at most log2(1000) + 1 transactions.
      assert.ok(failures.length >= 4 && failures.length <= 22, String(failures.length));
      assert.equal(failures[0]!["exception_class"], "NumericValueOutOfRange");
      await session.close();
    });

    test("fail at a refused row where none may be put aside, and name it", {}, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 500);
      await sql("UPDATE counted SET n = 2147483647 WHERE id = 300");
      await queue(session, declared({ table: "counted", sql: ADD_ONE, subBatchSize: 64 }));
      await work(connector);
      assert.deepEqual((await sql(MIGRATION)).map(({ status }) => status), ["4"]);
      const [event] = await sql(
        "SELECT reason FROM migrator.batched_background_migration_events WHERE event = 'fail'",
      );
      assert.match(event!["reason"]!, /key 300 is refused.*integer out of range/);
      // What was done before it stays, and is not done again.
      await sql("UPDATE counted SET n = 0 WHERE id = 300");
      await sql("UPDATE migrator.batched_background_migrations SET status = 1");
      await work(connector);
      assert.deepEqual(await sql("SELECT n, count(*) FROM counted GROUP BY n"), [
        { n: "1", count: "500" },
      ]);
      await session.close();
    });

    test(
      "fail with the reason where the declaration's SQL is wrong, and go on with others",
      {},
      async () => {
        const { connector, session, sql } = await newScene(await sharedCluster(major), 50);
        const wrong = { table: "counted", sql: ADD_ONE };
        await queue(session, declared({ ...wrong, name: "a", filter: template("nothing > 1") }));
        await queue(
          session,
          declared({ ...wrong, name: "b", remaining: template("SELECT nothing") }),
        );
        await queue(session, declared({ ...wrong, name: "c" }));
        await work(connector);
        assert.deepEqual(
          await sql(
            "SELECT job_class_name AS name, status, (SELECT reason FROM " +
              "migrator.batched_background_migration_events AS e WHERE event = 'fail' AND " +
              "batched_background_migration_id = m.id) FROM " +
              "migrator.batched_background_migrations AS m ORDER BY 1",
          ),
          [
            { name: "a", status: "4", reason: 'column "nothing" does not exist' },
            { name: "b", status: "4", reason: 'column "nothing" does not exist' },
            { name: "c", status: "3", reason: null },
          ],
        );
        await session.close();
      },
    );
  });
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BackgroundEvent } from "../../../src/background/state/event.ts";
import { sqlWork } from "../../../src/background/worker/sql_work.ts";
import {
  ADD_ONE,
  declared,
  newScene,
  queue,
  type Scene,
  template,
  work,
} from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";

/** Runs a migration; after its first sub-batch something happens to the table. */
async function workWhile(
  { connector, session }: Scene,
  happens: string,
): Promise<readonly BackgroundEvent[]> {
  const events: BackgroundEvent[] = [];
  let happened = false;
  await work(connector, {
    events,
    report: (event) => void events.push(event),
    workOf: (migration) => async (batch) => await sqlWork(migration)!(batch),
    throttle: async () => {
      const isFirst = events.some(({ type }) => type === "sub-batch") && !happened;
      if (isFirst) {
        happened = true;
        await session.query(happens);
      }
      return { signal: "full", readings: [], isOverdue: false };
    },
  });
  assert.ok(happened);
  return events;
}

const names = async ({ sql }: Scene) =>
  (await sql("SELECT event FROM migrator.batched_background_migration_events ORDER BY id"))
    .map(({ event }) => event);

const PARTED = `CREATE TABLE parted (day date NOT NULL, id int NOT NULL, n int NOT NULL DEFAULT 0,
    PRIMARY KEY (day, id)) PARTITION BY RANGE (day);
  CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
  CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
  INSERT INTO parted SELECT '2026-01-05', i FROM generate_series(1, 30) AS i;
  INSERT INTO parted SELECT '2026-02-05', i FROM generate_series(1, 30) AS i;
  ANALYZE parted`;

for (const major of majors) {
  describe(`a table that changes while it is walked, on PostgreSQL ${major}`, () => {
    test("a partition that is attached is reported, and walked as well", {}, async () => {
      const scene = await newScene(await sharedCluster(major), 1);
      await scene.sql(PARTED);
      const sql = [template("UPDATE parted SET n = n + 1 WHERE batch(parted)")];
      await queue(scene.session, declared({ table: "parted", sql, subBatchSize: 10, targetMs: 1 }));
      const events = await workWhile(
        scene,
        `CREATE TABLE parted_3 (day date NOT NULL, id int NOT NULL, n int NOT NULL DEFAULT 0,
          PRIMARY KEY (day, id));
        INSERT INTO parted_3 SELECT '2026-03-05', i FROM generate_series(1, 30) AS i;
        ALTER TABLE parted ATTACH PARTITION parted_3
          FOR VALUES FROM ('2026-03-01') TO ('2026-04-01')`,
      );
      assert.deepEqual(await scene.sql("SELECT n, count(*) FROM parted GROUP BY n"), [
        { n: "1", count: "90" },
      ]);
      assert.deepEqual(await names(scene), ["begin", "partitions-attached", "finish"]);
      assert.ok(events.some((event) => "reason" in event && event.reason?.includes("parted_3")));
      await scene.session.close();
    });

    test("a partition that is dropped is no failure", {}, async () => {
      const scene = await newScene(await sharedCluster(major), 1);
      await scene.sql(PARTED);
      const sql = [template("UPDATE parted SET n = n + 1 WHERE batch(parted)")];
      await queue(scene.session, declared({ table: "parted", sql, subBatchSize: 10, targetMs: 1 }));
      await workWhile(scene, "DROP TABLE parted_1");
      assert.deepEqual(await scene.sql("SELECT n, count(*) FROM parted GROUP BY n"), [
        { n: "1", count: "30" },
      ]);
      assert.deepEqual(await names(scene), ["begin", "partition-gone", "finish"]);
      await scene.session.close();
    });

    test("a table without a key that is rewritten is walked again", {}, async () => {
      const scene = await newScene(await sharedCluster(major), 1);
      await scene.sql(
        "CREATE TABLE keyless (n int NOT NULL, filler text) WITH (fillfactor = 10); " +
          "INSERT INTO keyless SELECT 0, repeat('x', 500) FROM generate_series(1, 400); " +
          "ANALYZE keyless",
      );
      const sql = [template("UPDATE keyless SET n = 1 WHERE n = 0 AND batch(keyless)")];
      await queue(
        scene.session,
        declared({ table: "keyless", strategy: "ctid", sql, subBatchSize: 20, targetMs: 1 }),
      );
      // The rows that were to come lie among those that were done.
      await workWhile(
        scene,
        "CREATE INDEX turned ON keyless ((-n), filler); CLUSTER keyless USING turned; " +
          "UPDATE keyless SET filler = filler WHERE n = 0",
      );
      assert.deepEqual(await scene.sql("SELECT n, count(*) FROM keyless GROUP BY n"), [
        { n: "1", count: "400" },
      ]);
      assert.deepEqual(await names(scene), ["begin", "table-rewritten", "finish"]);
      await scene.session.close();
    });

    test("a partition that is attached during the last walk is walked as well", {}, async () => {
      const scene = await newScene(await sharedCluster(major), 1);
      await scene.sql(PARTED);
      const sql = [template("UPDATE parted SET n = n + 1 WHERE batch(parted)")];
      await queue(scene.session, declared({ table: "parted", sql, subBatchSize: 10, targetMs: 1 }));
      await workWhile(
        scene,
        `UPDATE migrator.batched_background_migrations SET sweep = 3;
        CREATE TABLE parted_3 PARTITION OF parted
          FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
        INSERT INTO parted SELECT '2026-03-05', i FROM generate_series(1, 30) AS i`,
      );
      assert.deepEqual(await scene.sql("SELECT n, count(*) FROM parted GROUP BY n"), [
        { n: "1", count: "90" },
      ]);
      await scene.session.close();
    });

    test("a table that is dropped and made again is another one", {}, async () => {
      const scene = await newScene(await sharedCluster(major), 100);
      await queue(
        scene.session,
        declared({ table: "counted", sql: ADD_ONE, subBatchSize: 10, targetMs: 1 }),
      );
      await workWhile(
        scene,
        `DROP TABLE counted;
        CREATE TABLE counted (id bigint PRIMARY KEY, n int NOT NULL DEFAULT 0);
        INSERT INTO counted SELECT i * 3, 0 FROM generate_series(1, 100) AS i`,
      );
      assert.deepEqual(await scene.sql("SELECT n, count(*) FROM counted GROUP BY n"), [
        { n: "0", count: "100" },
      ]);
      const [failed] = await scene.sql(
        "SELECT reason FROM migrator.batched_background_migration_events WHERE event = 'fail'",
      );
      assert.match(failed!["reason"]!, /public\.counted was dropped and made again since it began/);
      await scene.session.close();
    });

    test("a table that is dropped fails with the reason", {}, async () => {
      const scene = await newScene(await sharedCluster(major), 100);
      const sql = ADD_ONE;
      await queue(
        scene.session,
        declared({ table: "counted", sql, subBatchSize: 10, targetMs: 1 }),
      );
      await workWhile(scene, "DROP TABLE counted");
      const [row] = await scene.sql(
        "SELECT status, (SELECT reason FROM migrator.batched_background_migration_events " +
          "WHERE event = 'fail') FROM migrator.batched_background_migrations",
      );
      assert.equal(row!["status"], "4");
      assert.match(row!["reason"]!, /"?public.counted"? does not exist|counted" does not exist/);
      await scene.session.close();
    });
  });
}

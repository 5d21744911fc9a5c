import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BackgroundEvent } from "../../../src/background/state/event.ts";
import { sqlWork } from "../../../src/background/worker/sql_work.ts";
import type { Connector } from "../../../src/connection/session/session.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { ADD_ONE, declared, newScene, queue, template, work } from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { sleep } from "../../support/harness.ts";

const STATES = "SELECT job_class_name AS name, status FROM " +
  "migrator.batched_background_migrations ORDER BY 1";

const WHY = "SELECT reason FROM migrator.batched_background_migration_events WHERE event = 'fail'";

for (const major of majors) {
  describe(`workers under faults, on PostgreSQL ${major}`, () => {
    test("fail what cannot be looked at for its data, and go on with others", {}, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 50);
      const one = { table: "counted", sql: ADD_ONE };
      await queue(session, declared({ ...one, name: "a", filter: template("1 / n > 0") }));
      await queue(
        session,
        declared({
          ...one,
          name: "b",
          remaining: template("SELECT 1 FROM counted WHERE 1/(n-1)>0"),
        }),
      );
      await queue(session, declared({ ...one, name: "c" }));
      const events: BackgroundEvent[] = [];
      await work(connector, { events });
      assert.deepEqual(await sql(STATES), [
        { name: "a", status: "4" },
        { name: "b", status: "4" },
        { name: "c", status: "3" },
      ]);
      assert.deepEqual(await sql(WHY), [
        { reason: "division by zero" },
        { reason: "division by zero" },
      ]);
      assert.equal(events.some(({ type }) => type === "reconnecting"), false);
      await session.close();
    });

    test("fail what takes its backend with it each time", { timeout: 60_000 }, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 50);
      await queue(
        session,
        declared({
          table: "counted",
          maxAttempts: 1,
          sql: [
            template("SELECT pg_terminate_backend(pg_backend_pid()) FROM counted WHERE batch()"),
          ],
        }),
      );
      await work(connector);
      assert.deepEqual(await sql(STATES), [{ name: "test", status: "4" }]);
      await session.close();
    });

    test("do not fail a migration for a batch that is another's by now", {}, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 50);
      await sql("UPDATE counted SET n = 2147483647 WHERE id = 3");
      await queue(
        session,
        declared({ table: "counted", sql: ADD_ONE, subBatchSize: 1, maxQuarantined: 1 }),
      );
      const other = await connector.open({ applicationName: "thief" });
      let theft: Promise<unknown> | undefined;
      await work(connector, {
        workOf: (migration) => (batch) => {
          // Waits for the row, and has it before it is put aside.
          theft ??= other.query(
            "UPDATE migrator.batched_background_migration_jobs SET lease_token = lease_token + 1, " +
              "lease_expires_at = now()",
          );
          return sleep(100).then(() => sqlWork(migration)!(batch));
        },
      });
      await theft;
      assert.deepEqual(await sql(STATES), [{ name: "test", status: "3" }]);
      assert.deepEqual(await sql("SELECT n, count(*)::text FROM counted GROUP BY n ORDER BY n"), [
        { n: "1", count: "49" },
        { n: "2147483647", count: "1" },
      ]);
      await other.close();
      await session.close();
    });

    test("stop in time: what takes long is cancelled, and given back", {}, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 50);
      await queue(
        session,
        declared({
          table: "counted",
          statementTimeout: 60_000,
          sql: [template("UPDATE counted SET n = pg_sleep(60)::text::int WHERE batch()")],
        }),
      );
      const stop = new AbortController();
      const clock = {
        ...systemClock,
        sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 500), signal),
      };
      const began = Date.now();
      setTimeout(() => stop.abort(), 1_000);
      await work(connector, { signal: stop.signal, clock });
      assert.ok(Date.now() - began < 10_000);
      assert.deepEqual(
        await sql(
          "SELECT status, attempts, cursor FROM migrator.batched_background_migration_jobs",
        ),
        [{ status: "0", attempts: "0", cursor: null }],
      );
      assert.deepEqual(await sql(STATES), [{ name: "test", status: "1" }]);
      await session.close();
    });

    test("wait for a lock for as long as it takes", { timeout: 60_000 }, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 50);
      await queue(
        session,
        declared({ table: "counted", sql: ADD_ONE, lockTimeout: 10, maxAttempts: 2 }),
      );
      // Not before: the walk begins only when nobody writes from before.
      let holding: Promise<unknown> | undefined;
      const working = work(connector, {
        workOf: (migration) => async (batch) => {
          await (holding ??= sql("BEGIN; UPDATE counted SET n = n WHERE id = 90"));
          return await sqlWork(migration)!(batch);
        },
      });
      await sleep(3_000);
      assert.deepEqual(await sql(STATES), [{ name: "test", status: "1" }]);
      await sql("COMMIT");
      await working;
      assert.deepEqual(await sql(STATES), [{ name: "test", status: "3" }]);
      await session.close();
    });

    test("survive what is deleted by hand", {}, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 50);
      const ours = "migrator.batched_background_migrations";
      await queue(
        session,
        declared({ table: "counted", sql: ADD_ONE, batchSize: 10, name: "a" }),
      );
      await queue(session, declared({ table: "counted", sql: ADD_ONE, name: "b" }));
      const other = await connector.open({ applicationName: "by hand" });
      let deletion: Promise<unknown> | undefined;
      const events: BackgroundEvent[] = [];
      await work(connector, {
        events,
        workOf: (migration) => async (batch) => {
          deletion ??= other.query(`DELETE FROM ${ours} WHERE job_class_name = 'a'`);
          await sleep(50);
          return await sqlWork(migration)!(batch);
        },
      });
      await deletion;
      assert.deepEqual(await sql(STATES), [{ name: "b", status: "3" }]);
      assert.equal(events.some(({ type }) => type === "reconnecting"), false);
      await other.close();
      await session.close();
    });

    test("wait while what was the primary is a standby", { timeout: 60_000 }, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 50);
      await queue(session, declared({ table: "counted", sql: ADD_ONE }));
      let opened = 0;
      const failingOver = {
        ...connector,
        open: async (options: Parameters<typeof connector.open>[0]) => {
          const real = await connector.open(options);
          if (++opened > 2) return real;
          return Object.create(real, {
            server: { value: { ...real.server, standby: true } },
            close: { value: () => real.close() },
          });
        },
      };
      await assert.rejects(work(failingOver), { code: "connection/read-only" });
      opened = 0;
      const stop = new AbortController();
      const events: BackgroundEvent[] = [];
      await work(failingOver, {
        until: "forever",
        signal: stop.signal,
        events,
        workOf: (migration) => async (batch) => {
          stop.abort();
          return await sqlWork(migration)!(batch);
        },
      });
      assert.equal(events.filter(({ type }) => type === "reconnecting").length, 2);
      assert.deepEqual(await sql("SELECT DISTINCT n FROM counted"), [{ n: "1" }]);
      await session.close();
    });

    test("are no slip of the settings where the first connection is cut", {}, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 50);
      await queue(session, declared({ table: "counted", sql: ADD_ONE }));
      let opened = 0;
      const cutting: Connector = {
        label: connector.label,
        open: async (options) => {
          const one = await connector.open(options);
          if (++opened === 1) one.abandon();
          return one;
        },
      };
      const events: BackgroundEvent[] = [];
      await work(cutting, { events });
      assert.deepEqual(events.map(({ type }) => type).filter((type) => type === "reconnecting"), [
        "reconnecting",
      ]);
      assert.deepEqual(await sql("SELECT DISTINCT n FROM counted"), [{ n: "1" }]);
      await session.close();
    });

    test("log from which state a batch failed that lost its workers", {}, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 50);
      await queue(session, declared({ table: "counted", sql: ADD_ONE, maxAttempts: 1 }));
      await work(connector, { until: "once" });
      await sql(
        "UPDATE migrator.batched_background_migration_jobs SET status = 0, attempts = 9; " +
          "UPDATE migrator.batched_background_migrations SET segment = 1, status = 1",
      );
      await work(connector);
      assert.deepEqual(
        await sql(
          "SELECT previous_status, next_status, exception_class " +
            "FROM migrator.batched_background_migration_job_transition_logs " +
            "WHERE exception_class = 'LostWorker'",
        ),
        [{ previous_status: "0", next_status: "2", exception_class: "LostWorker" }],
      );
      await session.close();
    });

    test("outlive a role's own limits while they wait", { timeout: 60_000 }, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 50);
      await queue(session, declared({ table: "counted", sql: ADD_ONE }));
      const [{ role, database } = {}] = await sql(
        "SELECT quote_ident(current_user) AS role, quote_ident(current_database()) AS database",
      );
      const limit = (setting: string) =>
        sql(`ALTER ROLE ${role} IN DATABASE ${database} SET ${setting}`);
      for (
        const setting of [
          "statement_timeout = '5ms'",
          "lock_timeout = '1ms'",
          "idle_in_transaction_session_timeout = '1s'",
          "default_transaction_read_only = on",
          "default_transaction_isolation = serializable",
          "search_path = nowhere",
          ...(major >= 14 ? ["idle_session_timeout = '50ms'"] : []),
        ]
      ) await limit(setting);
      const events: BackgroundEvent[] = [];
      await sql("BEGIN; LOCK TABLE counted");
      const working = work(connector, { events });
      await sleep(2_000);
      await sql("COMMIT");
      await working;
      assert.deepEqual(events.filter(({ type }) => type === "reconnecting"), []);
      await session.close();
    });
  });
}

import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import type { BackgroundEvent } from "../../../src/background/state/event.ts";
import { finalize } from "../../../src/background/crew/finalize.ts";
import { inTransaction } from "../../../src/background/state/background_transaction.ts";
import { sqlWork } from "../../../src/background/worker/sql_work.ts";
import { moveMigration } from "../../../src/background/state/transition.ts";
import { workerOptions } from "../../../src/background/crew/worker_pool.ts";
import {
  ADD_ONE,
  BACKGROUND,
  crewOf,
  declared,
  newScene,
  queue,
  type Scene,
  template,
  work,
} from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { connectorTo, eventually, failureOf } from "../../support/harness.ts";

/** By hand it may be more: `MIGRATOR_TEST_ROWS=1000000`. */
const ROWS = Number(process.env["MIGRATOR_TEST_ROWS"] ?? 30_000);

const LIMIT = { timeout: 300_000 };
const counts = ({ sql }: Scene) => sql("SELECT n, count(*) FROM counted GROUP BY n ORDER BY n");
const statuses = async ({ sql }: Scene) =>
  (await sql("SELECT status FROM migrator.batched_background_migrations ORDER BY id"))
    .map(({ status }) => status);

for (const major of majors) {
  describe(`what batched migrations guarantee, on PostgreSQL ${major}`, () => {
    const scene = async (rows: number) => await newScene(await sharedCluster(major), rows);

    test(
      "a row that is committed late, with a key that was passed, is found",
      LIMIT,
      async () => {
        const at = await scene(100);
        const late = await at.connector.open({ applicationName: "old writer" });
        await late.query("BEGIN; INSERT INTO counted VALUES (100), (299)");
        await queue(at.session, declared({ table: "counted", sql: ADD_ONE }));
        const events: BackgroundEvent[] = [];
        const working = work(at.connector, { events });
        const isWaiting = () =>
          Promise.resolve(events.some((e) => e.type === "waiting-for-writers"));
        await eventually(isWaiting, { what: "it sees the writer" });
        // Who comes later is not waited for: its trigger, its release is the new one.
        const later = await at.connector.open({ applicationName: "new writer" });
        await later.query("BEGIN; INSERT INTO counted VALUES (298, 1)");
        assert.deepEqual(await counts(at), [{ n: "0", count: "100" }]);
        await late.query("COMMIT");
        await working;
        await later.query("COMMIT");
        assert.deepEqual(await counts(at), [{ n: "1", count: "103" }]);
        for (const session of [late, later, at.session]) await session.close();
      },
    );

    test(`one poison row among ${ROWS} is quarantined in log2 of the size`, LIMIT, async () => {
      const at = await scene(ROWS);
      const poison = 3 * (1 + Math.floor(Math.random() * ROWS));
      await at.sql(`UPDATE counted SET n = 2147483647 WHERE id = ${poison}`);
      const size = 4_096;
      await queue(
        at.session,
        declared({
          table: "counted",
          sql: ADD_ONE,
          batchSize: ROWS,
          subBatchSize: size,
          maxSubBatchSize: size,
          targetMs: 60_000,
          statementTimeout: 60_000,
          maxQuarantined: 1,
        }),
      );
      const events: BackgroundEvent[] = [];
      await work(at.connector, { events });
      assert.deepEqual(await counts(at), [
        { n: "1", count: String(ROWS - 1) },
        { n: "2147483647", count: "1" },
      ]);
      const [aside] = await at.sql(
        "SELECT until_cursor FROM migrator.batched_background_migration_quarantine",
      );
      assert.equal(aside!["until_cursor"], `["${poison}"]`);
      const [log] = await at.sql(
        "SELECT count(*) AS refused FROM migrator.batched_background_migration_job_transition_logs " +
          "WHERE next_status = 2",
      );
      const refused = Number(log!["refused"]);
      const done = events.filter(({ type }) => type === "sub-batch").length;
      const message = `key ${poison}: ${refused} refused, ${done} done`;
      assert.ok(refused <= Math.log2(size) + 1, message);
      assert.ok(refused + done <= Math.ceil(ROWS / size) + Math.log2(size) + 2, message);
      await at.session.close();
    });

    test("whoever holds a lock is not waited for longer than told", LIMIT, async () => {
      const held = async (lock: string) => {
        const at = await scene(600);
        await at.sql("ALTER TABLE counted ADD lock_timeout text");
        const body =
          "UPDATE counted SET n = n + 1, lock_timeout = current_setting('lock_timeout') " +
          "WHERE batch()";
        await queue(
          at.session,
          declared({
            table: "counted",
            sql: [template(body)],
            subBatchSize: 100,
            lockTimeout: 100,
          }),
        );
        const other = await at.connector.open({ applicationName: "other" });
        let isLocked = false;
        // Nobody lets go before the worker has given up: one that waited would wait forever.
        let refusals = 0;
        const hasGivenUp = Promise.withResolvers<void>();
        const working = work(at.connector, {
          // A sub-batch begins right after it has asked.
          throttle: async () => {
            if (!isLocked) await other.query(`BEGIN; ${lock}`);
            isLocked = true;
            return { signal: "full", readings: [], isOverdue: false };
          },
          report: (event) => {
            const isRefused = event.type === "job-transition" && event.newState === "failed";
            if (isRefused && ++refusals === 3) hasGivenUp.resolve();
          },
        });
        await hasGivenUp.promise;
        await other.query("COMMIT");
        await working;
        assert.deepEqual(await counts(at), [{ n: "1", count: "600" }]);
        assert.deepEqual(await statuses(at), ["3"]);
        const [{ states } = {}] = await at.sql(
          `SELECT string_agg(DISTINCT sqlstate, ' ') AS states
          FROM migrator.batched_background_migration_job_transition_logs WHERE next_status = 2`,
        );
        assert.equal(states, "55P03");
        assert.deepEqual(await at.sql("SELECT DISTINCT lock_timeout FROM counted"), [
          { lock_timeout: "100ms" },
        ]);
        for (const session of [other, at.session]) await session.close();
      };
      await Promise.all([
        held("SELECT FROM counted WHERE id = 900 FOR UPDATE"),
        held("LOCK TABLE counted"),
      ]);
    });

    test("pausing takes effect within one sub-batch, and nothing is lost", LIMIT, async () => {
      const at = await scene(500);
      const id = await queue(
        at.session,
        declared({ table: "counted", sql: ADD_ONE, subBatchSize: 10, maxSubBatchSize: 10 }),
      );
      const operator = await at.connector.open({ applicationName: "operator" });
      let begun = 0;
      const pauseInThird: Parameters<typeof work>[1] = {
        workOf: (migration) => async (batch) => {
          const affected = await sqlWork(migration)!(batch);
          if (++begun !== 3) return affected;
          const pause = moveMigration(BACKGROUND, { migration: id, event: "pause", who: "tester" });
          // While the third is under way: nobody waits for it.
          await inTransaction(operator, [pause]);
          return affected;
        },
      };
      await work(at.connector, pauseInThird);
      assert.deepEqual([begun, await statuses(at)], [3, ["0"]]);
      const [job] = await at.sql(
        "SELECT status, sub_batches, attempts, lease_expires_at FROM " +
          "migrator.batched_background_migration_jobs",
      );
      assert.deepEqual(job, {
        status: "0",
        sub_batches: "3",
        attempts: "0",
        lease_expires_at: null,
      });
      await at.sql("UPDATE migrator.batched_background_migrations SET status = 1");
      await work(at.connector);
      assert.deepEqual(await counts(at), [{ n: "1", count: "500" }]);
      for (const session of [operator, at.session]) await session.close();
    });

    test("an unknown name, or other arguments, cannot be finalized", LIMIT, async () => {
      const at = await scene(1);
      await queue(at.session, declared({ table: "counted", sql: ADD_ONE }));
      for (const which of [{ name: "tset" }, { name: "test", arguments: { kind: "User" } }]) {
        const options = { which, mode: "run", deadline: undefined, workers: 1 } as const;
        const failure = await failureOf(
          finalize({ ...workerOptions(crewOf(at.connector), 1), ...options }),
        );
        assert.equal(failure.code, "background/unknown");
      }
      assert.deepEqual(await statuses(at), ["1"]);
      await at.session.close();
    });

    test(
      "two processes that know nothing of each other share the work of one database",
      LIMIT,
      async () => {
        const at = await scene(5_000);
        await at.sql(
          "CREATE TABLE others AS TABLE counted; ALTER TABLE others ADD PRIMARY KEY (id)",
        );
        for (const table of ["counted", "others"]) {
          const sql = [template(`UPDATE ${table} SET n = n + 1 WHERE batch()`)];
          const sizes = { batchSize: 200, subBatchSize: 50, maxBatchSize: 200 };
          await queue(at.session, declared({ name: table, table, sql, ...sizes }));
        }
        const crews = ["a", "b"].map(async (worker) => {
          const connector = await connectorTo(at.url);
          return await work(connector, { workers: 2, worker });
        });
        const batches = (await Promise.all(crews)).flat().map((end) => end.batches);
        assert.deepEqual(await statuses(at), ["3", "3"]);
        for (const table of ["counted", "others"]) {
          assert.deepEqual(
            await at.sql(`SELECT n, count(*) FROM ${table} GROUP BY n`),
            [{ n: "1", count: "5000" }],
          );
        }
        const events = await at.sql(
          "SELECT event, count(*) FROM migrator.batched_background_migration_events " +
            "WHERE event IN ('begin', 'finish') GROUP BY event ORDER BY event",
        );
        assert.deepEqual(events, [{ event: "begin", count: "2" }, { event: "finish", count: "2" }]);
        assert.ok(batches.filter((count) => count > 0).length > 1, `only one worked: ${batches}`);
        await at.session.close();
      },
    );
  });
}

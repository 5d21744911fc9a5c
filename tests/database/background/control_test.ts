import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { changeState, type StateChange } from "../../../src/background/control/change_state.ts";
import { changeSettings } from "../../../src/background/control/change_settings.ts";
import type { WantedSettings } from "../../../src/background/control/changeable_settings.ts";
import {
  queueManually,
  type QueueRequest,
} from "../../../src/background/control/queue_migration.ts";
import { readMigrationDetails } from "../../../src/background/status/read_details.ts";
import { readFailures } from "../../../src/background/status/read_failures.ts";
import { readReplayRelation, replaySql } from "../../../src/background/status/replay_sql.ts";
import {
  type ProgressSnapshot,
  readProgressSnapshots,
} from "../../../src/background/status/progress_snapshot.ts";
import {
  type BatchedMigrationStatus,
  MIGRATION_STATUS,
} from "../../../src/background/state/state_machine.ts";
import type { Session } from "../../../src/connection/session/session.ts";
import { SqlError } from "../../../src/connection/session/session.ts";
import { Failure } from "../../../src/failure.ts";
import {
  ADD_ONE,
  BACKGROUND,
  declared,
  newScene,
  queue,
  template,
  work,
} from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { connectorTo } from "../../support/harness.ts";

const NOBODY = { who: "ada@desk", reason: "because" };

/** What each change does in each state: the next state, `same`, or the command that helps instead. */
const CHANGES: Readonly<Record<StateChange, Readonly<Record<BatchedMigrationStatus, string>>>> = {
  pause: {
    paused: "same",
    active: "paused",
    finalizing: "paused",
    failed: "background failures test",
    finished: "background requeue test",
    finalized: "background requeue test",
    deleted: "background requeue 1",
  },
  resume: {
    paused: "active",
    active: "same",
    finalizing: "background show test",
    failed: "background failures test",
    finished: "background requeue test",
    finalized: "background requeue test",
    deleted: "background requeue 1",
  },
  retry: {
    paused: "background resume test",
    active: "same",
    finalizing: "background show test",
    failed: "active",
    finished: "background requeue test",
    finalized: "background requeue test",
    deleted: "background requeue 1",
  },
  delete: {
    paused: "deleted",
    active: "deleted",
    finalizing: "deleted",
    failed: "deleted",
    finished: "deleted",
    finalized: "deleted",
    deleted: "same",
  },
};

const TABLE = "migrator.batched_background_migrations";

for (const major of majors) {
  describe(`operating batched migrations, on PostgreSQL ${major}`, () => {
    test("changes states by the rules, and says who and why", {}, async () => {
      const { session, sql } = await newScene(await sharedCluster(major), 10);
      const id = await queue(session, declared({ table: "counted", sql: ADD_ONE }));
      for (const change of Object.keys(CHANGES) as StateChange[]) {
        for (const [status, expected] of Object.entries(CHANGES[change])) {
          await sql(
            `UPDATE ${TABLE} SET status = ${MIGRATION_STATUS[status as BatchedMigrationStatus]}`,
          );
          await sql("DELETE FROM migrator.batched_background_migration_events");
          const snapshot = await only(session);
          const outcome = await changeState(session, BACKGROUND, { snapshot, change, ...NOBODY })
            .then(({ to, isSame }) => isSame ? "same" : to, hintOf);
          assert.equal(outcome, expected, `${change} of ${status}`);
          const { events } = await readMigrationDetails(session, BACKGROUND, {
            migration: id,
            events: 9,
          });
          const isMoved = expected in MIGRATION_STATUS;
          assert.deepEqual(
            events.map(({ event, from, to, who, reason }) => ({ event, from, to, who, reason })),
            isMoved ? [{ event: change, from: status, to: expected, ...NOBODY }] : [],
          );
          assert.equal((await only(session)).status, isMoved ? expected : status);
        }
      }
      await session.close();
    });

    test("resumes what is held at once, and retries batches that failed", {}, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 100);
      await sql("UPDATE counted SET n = 2147483647 WHERE id = 150");
      await queue(session, declared({ table: "counted", sql: ADD_ONE, subBatchSize: 100 }));
      await sql(
        `UPDATE ${TABLE} SET hold_reason = 'lag', held_since = now(), ` +
          "on_hold_until = now() + interval '1 h'",
      );
      const held = await only(session);
      assert.equal(held.held?.reason, "lag");
      const resumed = { snapshot: held, change: "resume", ...NOBODY } as const;
      assert.equal((await changeState(session, BACKGROUND, resumed)).isSame, false);
      assert.equal((await only(session)).held, undefined);
      await work(connector);
      const failed = await only(session);
      assert.deepEqual([failed.status, failed.jobs.failed], ["failed", 1]);
      await sql("UPDATE counted SET n = 0 WHERE id = 150");
      await changeState(session, BACKGROUND, { snapshot: failed, change: "retry", ...NOBODY });
      await work(connector);
      assert.deepEqual(await sql("SELECT n, count(*) FROM counted GROUP BY n"), [
        { n: "1", count: "100" },
      ]);
      assert.equal((await only(session)).status, "finished");
      await session.close();
    });

    test("retries a batch whose workers were lost too often, which is a failure", {}, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 100);
      await queue(session, declared({ table: "counted", sql: ADD_ONE, batchSize: 50 }));
      await work(connector, { until: "once" });
      await sql(
        "UPDATE migrator.batched_background_migration_jobs SET status = 1, attempts = 15, " +
          "after_cursor = cursor, max_cursor = '[\"210\"]', cursor = NULL, " +
          "lease_expires_at = now() - interval '1 s'",
      );
      await sql(`UPDATE ${TABLE} SET position = '{"after": ["210"], "until": ["300"]}'`);
      await work(connector);
      const failed = await only(session);
      assert.deepEqual([failed.status, failed.jobs.failed], ["failed", 1]);
      const which = { migration: failed.id, limit: 1 };
      const { failures } = await readFailures(session, BACKGROUND, which);
      assert.equal(failures[0]?.exceptionClass, "LostWorker");
      await changeState(session, BACKGROUND, { snapshot: failed, change: "retry", ...NOBODY });
      await work(connector);
      assert.deepEqual(await sql("SELECT n, count(*) FROM counted GROUP BY n"), [
        { n: "1", count: "100" },
      ]);
      await session.close();
    });

    test("changes settings that belong together, and refuses those that do not", {}, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 5_000);
      await queue(
        session,
        declared({ table: "counted", sql: ADD_ONE, batchSize: 1_000, subBatchSize: 100 }),
      );
      const set = async (wanted: WantedSettings) => {
        const snapshot = await only(session);
        const changes = await changeSettings(session, BACKGROUND, { snapshot, wanted, ...NOBODY });
        return Object.fromEntries(changes.map(({ name, from, to }) => [name, [from, to]]));
      };
      assert.deepEqual(await set({ batchSize: 50, pauseMs: 0 }), {
        batchSize: [1_000, 50],
        subBatchSize: [100, 50],
      });
      assert.deepEqual(await set({ maxSubBatchSize: 20, targetMs: 900, maxQuarantined: 3 }), {
        subBatchSize: [50, 20],
        maxSubBatchSize: ["none", 20],
        targetMs: [500, 900],
        maxQuarantined: [0, 3],
      });
      await assert.rejects(set({ subBatchSize: 21 }), /--sub-batch-size 21 is more than --max-sub/);
      await assert.rejects(set({ batchSize: 9, maxBatchSize: 8 }), {
        code: "usage/conflicting-sizes",
      });
      assert.deepEqual(await set({ batchSize: 50 }), {});
      await work(connector);
      // A limit that was set holds whatever is measured, and "none" takes it away.
      const sizes = `SELECT max(sub_batch_size) <= 20 AS small FROM ${TABLE}_jobs`
        .replace("migrations_jobs", "migration_jobs");
      assert.deepEqual(await sql(sizes), [{ small: "t" }]);
      assert.deepEqual(await sql(`SELECT sub_batch_size <= 20 AS small FROM ${TABLE}`), [{
        small: "t",
      }]);
      await assert.rejects(set({ pauseMs: 5 }), { code: "background/wrong-state" });
      const { migration, events } = await readMigrationDetails(session, BACKGROUND, {
        migration: (await only(session)).id,
        events: 99,
      });
      assert.equal(migration.declaration.targetMs, 900);
      assert.deepEqual(
        events.filter(({ event }) => event === "set").map(({ details }) =>
          Object.keys(details!).sort()
        ),
        [["maxQuarantined", "maxSubBatchSize", "subBatchSize", "targetMs"], [
          "batchSize",
          "subBatchSize",
        ]],
      );
      await session.close();
    });

    test("gives the SQL of a refused sub-batch, which does the same by hand", {}, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 200);
      await sql("UPDATE counted SET n = 2147483647 WHERE id = 300");
      await queue(
        session,
        declared({
          table: "counted",
          sql: [
            template("UPDATE counted AS c SET n = n WHERE batch(c) -- by alias"),
            ...ADD_ONE,
          ],
          subBatchSize: 64,
          statementTimeout: 7_000,
        }),
      );
      await work(connector);
      const { id } = await only(session);
      const which = { migration: id, limit: 100 };
      const { failures, total } = await readFailures(session, BACKGROUND, which);
      assert.equal(failures.length, total);
      const { migration } = await readMigrationDetails(session, BACKGROUND, {
        migration: id,
        events: 1,
      });
      const relation = await readReplayRelation(session);
      for (const failure of failures) {
        const replayed = replaySql(migration, failure, relation)!;
        assert.match(replayed, /statement_timeout = 7000/);
        assert.match(replayed, /ROLLBACK;$/);
        await assert.rejects(session.query(replayed), (error) => {
          assert.ok(error instanceof SqlError);
          return error.server.message === failure.exceptionMessage;
        });
        await session.query("ROLLBACK");
        // Without the row that is to blame it goes through, and is taken back.
        const before = await sql("SELECT sum(n) FROM counted WHERE id <> 300");
        await session.query(replayed.replaceAll(/WHERE (?=\()/g, "WHERE id <> 300 AND "));
        assert.deepEqual(await sql("SELECT sum(n) FROM counted WHERE id <> 300"), before);
      }
      const log = await sql(
        "SELECT previous_status AS p, next_status AS n FROM " +
          "migrator.batched_background_migration_job_transition_logs ORDER BY id",
      );
      // Each begins where the one before has ended, as whoever reads the last one takes for granted.
      assert.deepEqual(log.slice(1).map(({ p }) => p), log.slice(0, -1).map(({ n }) => n));
      assert.equal(
        replaySql(migration, { ...failures[0]!, until: undefined }, relation),
        undefined,
      );
      await session.close();
    });

    test("queues by hand once, and anew when it is over or by force", {}, async () => {
      const { connector, session, sql } = await newScene(await sharedCluster(major), 50);
      const declaration = declared({ table: "counted", sql: ADD_ONE });
      await sql("CREATE SCHEMA migrator");
      const add = async (mode: QueueRequest["mode"], changed = declaration) => {
        const how = { declaration: changed, mode, toolVersion: "test", ...NOBODY };
        const { id, generation, isNew } = await queueManually(session, BACKGROUND, how);
        return { id, generation, isNew };
      };
      assert.deepEqual(await add("first"), { id: "1", generation: 1, isNew: true });
      assert.deepEqual(await add("first"), { id: "1", generation: 1, isNew: false });
      assert.equal(await add("anew").catch(hintOf), "background show 1");
      assert.deepEqual(await add("in any case"), { id: "2", generation: 2, isNew: true });
      const replaced = await readProgressSnapshots(session, BACKGROUND, { id: "1" });
      assert.deepEqual(
        replaced.map(({ status, supersededBy }) => [status, supersededBy]),
        [["deleted", "2"]],
      );
      await work(connector);
      assert.deepEqual(await add("anew"), { id: "3", generation: 3, isNew: true });
      await work(connector);
      assert.deepEqual(await sql("SELECT DISTINCT n FROM counted"), [{ n: "2" }]);
      const other = { ...declaration, arguments: { tenant: 7 } };
      assert.deepEqual(await add("first", other), { id: "4", generation: 1, isNew: true });
      const nowhere = { ...declaration, table: "nowhere" };
      await assert.rejects(add("anew", nowhere), /cannot walk its table/);
      assert.deepEqual(await sql(`SELECT count(*) FROM ${TABLE}`), [{ count: "4" }]);
      await session.close();
    });

    test("names the role whose rights it takes", {}, async () => {
      const scene = await newScene(await sharedCluster(major), 1);
      const { session, sql, url } = scene;
      await queue(session, declared({ table: "counted", sql: ADD_ONE }));
      const role = `reader_${major}`;
      await sql(
        `DO $$ BEGIN CREATE ROLE ${role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; ` +
          `GRANT USAGE ON SCHEMA migrator TO ${role}; ` +
          `GRANT SELECT ON ALL TABLES IN SCHEMA migrator TO ${role}`,
      );
      const theirs = await connectorTo(url.replace("postgres@", `${role}@`));
      const reading = await theirs.open({ applicationName: "reader" });
      const snapshot = await only(reading);
      const change = { snapshot, change: "pause", ...NOBODY } as const;
      await assert.rejects(changeState(reading, BACKGROUND, change), (error) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.code, "background/missing-right");
        assert.match(error.hint ?? "", /Connect as postgres, .*\?options=-c%20role%3Dpostgres$/);
        return true;
      });
      await reading.close();
      await session.close();
    });
  });
}

async function only(session: Session): Promise<ProgressSnapshot> {
  const snapshots = await readProgressSnapshots(session, BACKGROUND, { all: true });
  return snapshots.at(-1)!;
}

function hintOf(error: unknown): string {
  if (!(error instanceof Failure)) throw error;
  return /background \w+ \S+/.exec(error.hint ?? "")?.[0] ?? "";
}

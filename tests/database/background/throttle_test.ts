import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { BackgroundEvent } from "../../../src/background/state/event.ts";
import { readProgressSnapshots } from "../../../src/background/status/progress_snapshot.ts";
import type {
  IndicatorReading,
  ThrottleVerdict,
} from "../../../src/background/throttle/verdict.ts";
import { createThrottle } from "../../../src/background/throttle/throttle.ts";
import type { WorkerOptions } from "../../../src/background/worker/worker.ts";
import type { Session } from "../../../src/connection/session/session.ts";
import type { Throttling } from "../../../src/definition/batched/batched_migration.ts";
import type { SqlTemplate } from "../../../src/definition/batched/sql_template.ts";
import { THROTTLE_INDICATORS } from "../../../src/definition/batched/throttle_indicators.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import {
  ADD_ONE,
  BACKGROUND,
  declared,
  newScene,
  queue,
  template,
  work,
} from "../../support/background.ts";
import { type Cluster, majors, startCluster } from "../../support/cluster.ts";
import { recordedPauses } from "../../support/recorded_pauses.ts";
import { connectorTo } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

const query = (text: string): SqlTemplate => ({ text, holes: [], line: 1 });

/** A first look. */
function check(session: Session, given: Partial<Throttling> = {}): Promise<ThrottleVerdict> {
  const throttle = { watch: [], maxHold: 1_000_000, ignore: [], ...given };
  const declaration = { table: "t", arguments: {}, throttle };
  return createThrottle({ declaration, clock: systemClock }).check(session);
}

function said({ readings }: ThrottleVerdict): Record<string, IndicatorReading["signal"]> {
  return Object.fromEntries(readings.map(({ indicator, signal }) => [indicator, signal]));
}

/** Looks until an indicator says so: statistics, standbys and archivers are late. */
async function until(
  session: Session,
  wanted: { readonly indicator: string; readonly signal: string; readonly reason: RegExp },
  given: Partial<Throttling> = {},
): Promise<ThrottleVerdict> {
  const began = performance.now();
  for (;;) {
    const verdict = await check(session, given);
    const found = verdict.readings.find(({ indicator }) => indicator === wanted.indicator);
    if (found?.signal === wanted.signal && wanted.reason.test(found.reason)) return verdict;
    assert.ok(
      performance.now() - began < 45_000,
      `${wanted.indicator}: ${found?.signal}, ${found?.reason}`,
    );
    await systemClock.sleep(50);
  }
}

for (const major of majors) {
  describe(`what holds back, on PostgreSQL ${major}`, () => {
    let primary: Cluster;
    let standby: Cluster;
    const sessions: Session[] = [];
    const open = async (applicationName = "other", user = "postgres"): Promise<Session> => {
      const url = primary.url().replace("postgres@", `${user}@`);
      const session = await (await connectorTo(url)).open({ applicationName });
      sessions.push(session);
      return session;
    };
    let us: Session;
    let other: Session;

    before(async () => {
      primary = await startCluster({
        major,
        settings: { archive_mode: "on", archive_command: "true", wal_level: "replica" },
      });
      await primary.stop();
      standby = await startCluster({
        major,
        standbyOf: primary,
        settings: { wal_retrieve_retry_interval: "100ms" },
      });
      await primary.start();
      us = await open("migrator background shop");
      other = await open();
      await other.query(
        "CREATE TABLE t (id int PRIMARY KEY, n int) WITH (autovacuum_enabled = off); " +
          "INSERT INTO t SELECT i, 0 FROM generate_series(1, 20000) i; " +
          "CREATE ROLE poor LOGIN; GRANT SELECT ON t TO poor",
      );
    }, LIMIT);
    after(async () => {
      await Promise.all(sessions.map((session) => session.close()));
      await standby?.dispose();
      await primary?.dispose();
    });

    test(
      "a server in good health is worked on at full speed, in one quick trip",
      LIMIT,
      async () => {
        await other.query("SELECT pg_switch_wal()");
        const archived = {
          indicator: "archive-backlog",
          signal: "full",
          reason: /^0 WAL files wait/,
        };
        await until(us, archived);
        const verdict = await until(us, {
          indicator: "replica-lag",
          signal: "full",
          reason: /^standby "walreceiver" is .* behind \(limit 256 MB\)$/,
        });
        assert.equal(verdict.signal, "full", JSON.stringify(verdict));
        assert.equal(
          Object.values(said(verdict)).includes("unknown"),
          false,
          JSON.stringify(verdict),
        );
        assert.equal(verdict.readings.length, 9);
      },
    );

    test("a standby that does not follow stops it, until it has caught up", LIMIT, async () => {
      await standby.sql("postgres", "SELECT pg_wal_replay_pause()");
      await other.query("UPDATE t SET n = n + 1 WHERE id <= 5000");
      const limit = { maxReplicaLag: 200_000 };
      const behind = /^standby "walreceiver" is .* behind \(limit 195 kB\)$/;
      const verdict = await until(
        us,
        { indicator: "replica-lag", signal: "stop", reason: behind },
        limit,
      );
      assert.equal(verdict.signal, "stop");
      assert.equal(verdict.readings[0]?.indicator, "replica-lag");
      assert.equal(verdict.holdFor, 5_000);
      await standby.sql("postgres", "SELECT pg_wal_replay_resume()");
      await until(us, { indicator: "replica-lag", signal: "full", reason: behind }, limit);
    });

    test("a slot that nobody reads, and WAL that is not archived", LIMIT, async () => {
      await primary.sql(
        "postgres",
        "ALTER SYSTEM SET max_slot_wal_keep_size = '64MB'",
      );
      await primary.sql("postgres", "ALTER SYSTEM SET archive_command = 'false'");
      await primary.sql("postgres", "SELECT pg_reload_conf()");
      await other.query("SELECT pg_create_physical_replication_slot('idle', true)");
      for (let wal = 0; wal < 4; wal++) {
        await other.query("UPDATE t SET n = n WHERE id = 1; SELECT pg_switch_wal()");
      }
      await until(us, {
        indicator: "replication-slots",
        signal: "stop",
        reason:
          /^slot "idle", which nobody reads, keeps .* MB of WAL \(max_slot_wal_keep_size 64 MB\)/,
      });
      await until(us, {
        indicator: "archive-backlog",
        signal: "stop",
        reason: /^[4-9] WAL files wait to be archived, as archiving 0000\w+ fails \(limit 2\)$/,
      }, { maxArchiveBacklog: 2 });
      await other.query("SELECT pg_drop_replication_slot('idle')");
      await primary.sql("postgres", "ALTER SYSTEM SET archive_command = 'true'");
      await primary.sql("postgres", "SELECT pg_reload_conf()");
    });

    test("a vacuum, and who waits for us; seen without rights too", LIMIT, async () => {
      const poor = await open("migrator background shop", "poor");
      const vacuum = await open();
      await vacuum.query("SET vacuum_cost_delay = '100ms'; SET vacuum_cost_limit = 1");
      const vacuuming = vacuum.query("VACUUM t").catch(() => {});
      const holder = await open("migrator background shop", "poor");
      await other.query("GRANT ALL ON t TO poor");
      await holder.query("BEGIN; UPDATE t SET n = 1 WHERE id = 1");
      const waiting = other.query("UPDATE t SET n = 2 WHERE id = 1");
      for (const session of [us, poor]) {
        await until(session, {
          indicator: "autovacuum",
          signal: "slow",
          reason: session === us ? /^a vacuum of public.t runs$/ : /^autovacuum of public.t runs$/,
        });
        const verdict = await until(session, {
          indicator: "blocked-by-us",
          signal: "slow",
          reason: /^1 session waited for us, the longest \d+ ms \(pid \d+\)$/,
        });
        assert.equal(verdict.signal, "slow");
      }
      const unknown = (await check(poor)).readings.filter(({ signal }) => signal === "unknown");
      assert.deepEqual(unknown.map(({ indicator }) => indicator).sort(), [
        "active-sessions",
        "oldest-xmin",
        "replica-lag",
      ]);
      for (const { reason } of unknown) assert.match(reason, /GRANT pg_monitor/);
      await holder.query("COMMIT");
      await waiting;
      await vacuum.cancel();
      await vacuuming;
    });

    test("a worker hears at its end that somebody waited for a sub-batch", LIMIT, async () => {
      const { connector, session, sql } = await newScene(primary, 30);
      const declaration = declared({
        table: "counted",
        sql: [
          template("UPDATE counted SET n = n + 1 WHERE batch()"),
          query("SELECT pg_sleep(0.2)"),
        ],
        subBatchSize: 15,
        throttle: {
          watch: [],
          maxHold: 1_000_000,
          ignore: THROTTLE_INDICATORS.filter((name) => name !== "blocked-by-us"),
        },
      });
      await queue(session, declaration);
      const throttle = createThrottle({ declaration, clock: systemClock });
      const events: BackgroundEvent[] = [];
      const working = work(connector, {
        events,
        throttle: (its, _, waited) => throttle.check(its, waited),
      });
      let isOver = false;
      working.finally(() => isOver = true);
      while (!isOver) {
        await sql("UPDATE counted SET n = n WHERE id = 3");
        await systemClock.sleep(10);
      }
      await working;
      const slowed = events.filter(({ type }) => type === "slowed");
      assert.match(JSON.stringify(slowed), /1 session waited for us, the longest \d+ ms/);
      await session.close();
    });

    test("an indicator of one's own that cannot be read is told once", LIMIT, async () => {
      const { connector, session } = await newScene(primary, 12);
      const throttle = { watch: [], maxHold: 1_000, ignore: [], indicator: template("SELECT 1/0") };
      const declaration = declared({ table: "counted", sql: ADD_ONE, subBatchSize: 2, throttle });
      await queue(session, declaration);
      const own = createThrottle({ declaration, clock: systemClock });
      const events: BackgroundEvent[] = [];
      await work(connector, { events, throttle: (session) => own.check(session) });
      const told = events.filter(({ type }) => type === "indicator-unreadable");
      assert.equal(told.length, 1);
      assert.match(
        JSON.stringify(told),
        /the throttle's own query cannot be read: division by zero/,
      );
      await session.close();
    });

    test("a slowed worker says so, and rests between batches, too", LIMIT, async () => {
      const { connector, session, sql } = await newScene(primary, 12);
      const sizes = { batchSize: 4, maxBatchSize: 4, subBatchSize: 2, maxSubBatchSize: 2 };
      await queue(session, declared({ table: "counted", sql: ADD_ONE, ...sizes }));
      const { clock, pauses } = recordedPauses();
      const readings: IndicatorReading[] = [
        { indicator: "a", signal: "slow", reason: "it's busy" },
        { indicator: "b", signal: "full", reason: "nothing" },
      ];
      const given: Partial<WorkerOptions> = {
        clock,
        throttle: () => Promise.resolve({ signal: "slow", readings, isOverdue: false }),
      };
      const slowed = async () => (await readProgressSnapshots(session, BACKGROUND))[0]!.slowed;
      const jobs = "migrator.batched_background_migration_jobs";

      await work(connector, { ...given, until: "once" });
      assert.equal(await slowed(), "it's busy");
      await sql(`UPDATE ${jobs} SET updated_at = now() - interval '1 min'`);
      assert.equal(await slowed(), undefined, "nobody works on it");

      const events: BackgroundEvent[] = [];
      await work(connector, { ...given, events });
      assert.equal(await slowed(), undefined, "finished");
      const told = events.filter(({ type }) => type === "slowed");
      assert.equal(told.length, 1, "said once, not with each batch");
      assert.match(JSON.stringify(told), /it's busy/);
      assert.deepEqual(await sql(`SELECT count(*) FROM ${jobs}`), [{ count: "3" }]);
      assert.equal(pauses.length, 6, "as many as sub-batches");
      assert.ok(pauses.every((milliseconds) => milliseconds > 0));
      await session.close();
    });

    test("somebody who waits to change the table goes first", LIMIT, async () => {
      const [reader, owner] = [await open(), await open()];
      await reader.query("BEGIN; SELECT FROM t LIMIT 1");
      const changing = owner.query("ALTER TABLE t ADD COLUMN more int");
      await until(us, {
        indicator: "lock-waits",
        signal: "stop",
        reason: /^pid \d+ waits for AccessExclusiveLock on public.t$/,
      });
      // A table that is not watched is nobody's business here.
      assert.equal(said(await check(us, { watch: ["public.other"] }))["lock-waits"], "full");
      await reader.query("COMMIT");
      await changing;
    });

    test("more dead rows than live ones", LIMIT, async () => {
      await other.query("UPDATE t SET n = n + 1");
      await other.query("UPDATE t SET n = n + 1");
      // Before 15 a session tells of what it did with a statement that comes half a second later.
      await systemClock.sleep(major < 15 ? 600 : 0);
      await other.query(`SELECT ${major < 15 ? "1" : "pg_stat_force_next_flush()"}`);
      await until(us, {
        indicator: "dead-tuples",
        signal: "slow",
        reason: /^public.t has \d+ dead rows and 20000 live ones$/,
      });
      assert.equal(said(await check(us, { ignore: ["dead-tuples"] }))["dead-tuples"], undefined);
    });

    test("a query of one's own; one that fails spoils no other", LIMIT, async () => {
      const custom = async (text: string) => {
        const { readings } = await check(us, { indicator: query(text), ignore: ["dead-tuples"] });
        assert.equal(readings.length, 9, text);
        const others = readings.filter(({ indicator }) => indicator !== "indicator");
        assert.ok(others.every(({ signal }) => signal === "full"), JSON.stringify(readings));
        return readings.find(({ indicator }) => indicator === "indicator");
      };
      const cases = [
        ["SELECT 'stop' AS signal, 'queue is long' AS reason", "stop", /^queue is long$/],
        ["SELECT 'halt' AS signal", "unknown", /says 'halt', which is none of full, slow, stop$/],
        ["SELECT * FROM no_such_table", "unknown", /cannot be read: .*no_such_table/],
        ["UPDATE t SET n = 0 RETURNING 'full' AS signal", "unknown", /read-only transaction/],
        ["SELECT 'full' AS signal, 1 AS reason FROM t", "unknown", /returned 20000 rows, not one/],
      ] as const;
      for (const [text, signal, reason] of cases) {
        const reading = await custom(text);
        assert.equal(reading?.signal, signal, text);
        assert.match(reading?.reason ?? "", reason);
      }
    });
  });
}

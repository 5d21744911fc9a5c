import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readQuarantine } from "../../../src/background/status/read_quarantine.ts";
import {
  dropQuarantined,
  retryQuarantined,
} from "../../../src/background/control/resolve_quarantine.ts";
import {
  type ProgressSnapshot,
  readProgressSnapshots,
} from "../../../src/background/status/progress_snapshot.ts";
import type { BackgroundEvent } from "../../../src/background/state/event.ts";
import { finalize } from "../../../src/background/crew/finalize.ts";
import { workerOptions } from "../../../src/background/crew/worker_pool.ts";
import { backgroundLines } from "../../../src/report/background_text.ts";
import { PLAIN } from "../../../src/report/style.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import type { Session } from "../../../src/connection/session/session.ts";
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

const LIMIT = { timeout: 60_000 };

const NOBODY = { who: "ada@desk", reason: "because" };

const TABLE = "migrator.batched_background_migrations";

for (const major of majors) {
  describe(`rows that were put aside, on PostgreSQL ${major}`, () => {
    test("are tried again, exactly once, or dropped", {}, async () => {
      const scene = await newScene(await sharedCluster(major), 1_000);
      const { connector, session, sql } = scene;
      await sql("ALTER TABLE counted ADD CHECK (n = 0 OR id NOT IN (30, 1500, 1503, 3000))");
      await queue(
        session,
        declared({
          table: "counted",
          sql: ADD_ONE,
          batchSize: 300,
          subBatchSize: 100,
          maxQuarantined: 4,
        }),
      );
      await work(connector);
      const before = await aside(session);
      assert.deepEqual(before.map(({ until }) => until), [["30"], ["1500"], ["1503"], ["3000"]]);

      // Refused again: aside again, and nothing else was touched.
      const [first, second, third, last] = before.map((row) => row.id);
      await retry(scene, [first!]);
      assert.equal((await aside(session)).length, 4);
      await assert.rejects(retry(scene, [first!]), { code: "background/unknown-row" });

      await sql("ALTER TABLE counted DROP CONSTRAINT counted_check");
      await retry(scene, [second!, third!]);
      const sizes = "SELECT batch_size > 1 AS b, sub_batch_size > 1 AS s FROM " + TABLE;
      // A batch of one row says nothing of the others' size.
      assert.deepEqual(await sql(sizes), [{ b: "t", s: "t" }]);
      const dropping = { ids: [last!], who: "ada", reason: "spam" };
      const snapshot = await only(session);
      assert.equal(await dropQuarantined(session, BACKGROUND, { snapshot, ...dropping }), 1);
      await retry(scene, undefined);
      assert.deepEqual(await sql("SELECT id, n FROM counted WHERE n <> 1"), [
        { id: "3000", n: "0" },
      ]);
      assert.deepEqual(await aside(session), []);
      const all = await readQuarantine(session, BACKGROUND, { migration: snapshot.id, all: true });
      assert.deepEqual(all.map(({ resolution }) => resolution), [
        "retried",
        "retried",
        "retried",
        "dropped: spam",
        "retried",
      ]);
      const { status, done } = await only(session);
      assert.deepEqual([status, done], ["finished", 1_000]);
      await session.close();
    });

    test("that were dropped begin no second walk, and finalizing names them", {}, async () => {
      const scene = await newScene(await sharedCluster(major), 100);
      const { connector, session, sql } = scene;
      await sql("UPDATE counted SET n = 1 WHERE id > 200");
      await sql("ALTER TABLE counted ADD CHECK (n = 0 OR id <> 30)");
      const remaining = template("SELECT FROM counted WHERE n = 0");
      const guarded = [template("UPDATE counted SET n = 1 WHERE n = 0 AND batch()")];
      await queue(
        session,
        declared({ table: "counted", sql: guarded, remaining, maxQuarantined: 2 }),
      );
      await work(connector);
      const snapshot = await only(session);
      // All are looked at, also those of the last sub-batch that were refused or needed no change.
      assert.equal(snapshot.done, 100);
      const dropping = { ids: undefined, who: "ada", reason: "spam" };
      await dropQuarantined(session, BACKGROUND, { snapshot, ...dropping });
      for (const mode of ["run", "check"] as const) {
        const finalizing = finalize({
          ...workerOptions(crewOf(connector), 1),
          which: { name: "test" },
          mode,
          deadline: undefined,
          workers: 1,
          signal: new AbortController().signal,
        });
        await assert.rejects(finalizing, /1 row was dropped from its quarantine unchanged/);
      }
      assert.deepEqual(
        await sql("SELECT status, sweep FROM " + TABLE),
        [{ status: "3", sweep: "0" }],
      );
      await session.close();
    });

    test("cost no pause for each try, and are told once", LIMIT, async () => {
      const scene = await newScene(await sharedCluster(major), 1_000);
      await scene.sql("ALTER TABLE counted ADD CHECK (n = 0 OR id <> 1500)");
      await queue(
        scene.session,
        declared({ table: "counted", sql: ADD_ONE, pauseMs: 1_000, maxQuarantined: 1 }),
      );
      const events: BackgroundEvent[] = [];
      let slept = 0;
      const clock = { ...systemClock, sleep: (ms: number) => Promise.resolve(void (slept += ms)) };
      await work(scene.connector, { events, clock });
      const lines = events.flatMap((event) => backgroundLines(event, PLAIN) ?? []);
      assert.equal(lines.filter((line) => line.includes("CheckViolation")).length, 1, `${lines}`);
      const refusals = events.filter((event) => "isNarrowed" in event);
      assert.ok(refusals.length >= 2);
      const done = events.filter(({ type }) => type === "sub-batch").length;
      assert.ok(slept <= done * 1_000, `${slept} ms for ${done} sub-batches`);
      await scene.session.close();
    });
  });
}

async function only(session: Session): Promise<ProgressSnapshot> {
  const snapshots = await readProgressSnapshots(session, BACKGROUND, { all: true });
  return snapshots.at(-1)!;
}

async function aside(session: Session) {
  const { id } = await only(session);
  return await readQuarantine(session, BACKGROUND, { migration: id, all: false });
}

/** As the command line does it. */
async function retry({ connector, session }: Scene, ids: readonly string[] | undefined) {
  const snapshot = await only(session);
  const { jobs, isReopened } = await retryQuarantined(session, BACKGROUND, {
    snapshot,
    ids,
    ...NOBODY,
  });
  assert.equal(isReopened, true);
  const migrations = [snapshot.id];
  const [{ batches } = { batches: 0 }] = await work(connector, { scope: { migrations, jobs } });
  assert.equal(batches, jobs.length);
  await work(connector, { scope: { migrations } });
}

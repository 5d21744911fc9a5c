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
import type { Session } from "../../../src/connection/session/session.ts";
import {
  ADD_ONE,
  BACKGROUND,
  declared,
  newScene,
  queue,
  type Scene,
  work,
} from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";

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
      assert.deepEqual([status, done], ["finished", 999]);
      await session.close();
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

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BackgroundEvent } from "../../../src/background/state/event.ts";
import { changeState } from "../../../src/background/control/change_state.ts";
import { readProgressSnapshots } from "../../../src/background/status/progress_snapshot.ts";
import { finalize, type FinalizeOptions } from "../../../src/background/crew/finalize.ts";
import { queueManually } from "../../../src/background/control/queue_migration.ts";
import { workerOptions } from "../../../src/background/crew/worker_pool.ts";
import { Failure } from "../../../src/failure.ts";
import {
  ADD_ONE,
  BACKGROUND,
  crewOf,
  declared,
  newScene,
  queue,
  type Scene,
  template,
} from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";

function options({ connector }: Scene, changes: Partial<FinalizeOptions> = {}): FinalizeOptions {
  const pool = crewOf(connector);
  return {
    ...workerOptions(pool, 1),
    which: { name: "test" },
    mode: "run",
    deadline: undefined,
    workers: 2,
    ...changes,
    signal: changes.signal ?? pool.signal,
  };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof Failure, String(error));
  return error.code;
}

async function statusOf({ sql }: Scene): Promise<string | null | undefined> {
  return (await sql("SELECT status FROM migrator.batched_background_migrations"))[0]?.["status"];
}

for (const major of majors) {
  describe(`finalize, on PostgreSQL ${major}`, () => {
    const scene = async (rows: number) => await newScene(await sharedCluster(major), rows);

    test("does the rest, looks at the data, and is done at once the next time", {}, async () => {
      const at = await scene(500);
      await at.sql("ALTER TABLE counted ADD CONSTRAINT moved CHECK (n > 0) NOT VALID");
      const remaining = template("SELECT FROM counted WHERE n = 0");
      await queue(
        at.session,
        declared({ table: "counted", sql: ADD_ONE, remaining, constraint: "moved" }),
      );
      const snapshot = await finalize(options(at));
      assert.equal(snapshot.status, "finalized");
      assert.deepEqual(await at.sql("SELECT n, count(*) FROM counted GROUP BY n"), [
        { n: "1", count: "500" },
      ]);
      const [constraint] = await at.sql(
        "SELECT convalidated FROM pg_constraint WHERE conname = 'moved'",
      );
      assert.equal(constraint!["convalidated"], "t");
      assert.equal((await finalize(options(at, { mode: "check" }))).status, "finalized");
      await at.session.close();
    });

    test("walks again where rows are left, and says so where they come back", {}, async () => {
      const at = await scene(100);
      // Each row that is moved leaves another one behind, three times.
      await at.sql(
        "CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
          "IF NEW.id < 1000 THEN INSERT INTO counted VALUES (NEW.id + 10000, 0); END IF; " +
          "RETURN NULL; END $$; CREATE TRIGGER again AFTER UPDATE ON counted " +
          "FOR EACH ROW EXECUTE FUNCTION again()",
      );
      const remaining = template("SELECT FROM counted WHERE n = 0");
      const sql = [template("UPDATE counted SET n = n + 1 WHERE n = 0 AND batch()")];
      await queue(at.session, declared({ table: "counted", sql, remaining }));
      assert.equal((await finalize(options(at))).status, "finalized");
      assert.deepEqual(await at.sql("SELECT n, count(*) FROM counted GROUP BY n"), [
        { n: "1", count: "200" },
      ]);
      await at.session.close();
    });

    test("checks, waits and gives up as it is told to, and leaves no limbo", {}, async () => {
      const at = await scene(2_000);
      await queue(at.session, declared({ table: "counted", sql: ADD_ONE, subBatchSize: 10 }));
      assert.equal(await codeOf(finalize(options(at, { mode: "check" }))), "background/unfinished");
      const wait = { mode: "wait", deadline: 700 } as const;
      assert.equal(await codeOf(finalize(options(at, wait))), "background/unfinished");
      assert.equal(await statusOf(at), "1");
      await at.sql("UPDATE migrator.batched_background_migrations SET status = 0");
      for (const mode of ["run", "wait"] as const) {
        const refused = finalize(options(at, { mode, deadline: undefined }));
        assert.equal(await codeOf(refused), "background/unfinished");
        assert.equal(await statusOf(at), "0", "it was paused, and still is");
      }
      await at.sql("UPDATE migrator.batched_background_migrations SET status = 1");
      const stop = new AbortController();
      const stopped = finalize(options(at, { signal: stop.signal }));
      stop.abort(new Failure("interrupted/interrupted", "Stopped."));
      assert.match(await codeOf(stopped), /^interrupted/);
      assert.equal(await statusOf(at), "1");
      assert.equal(
        await codeOf(finalize(options(at, { which: { name: "tset" } }))),
        "background/unknown",
      );
      await at.session.close();
    });

    test("says who has paused it, and why", {}, async () => {
      const at = await scene(10);
      await queue(at.session, declared({ table: "counted", sql: ADD_ONE }));
      const [snapshot] = await readProgressSnapshots(at.session, BACKGROUND);
      const paused = { change: "pause", who: "ada@desk", reason: "sale until Monday" } as const;
      await changeState(at.session, BACKGROUND, { snapshot: snapshot!, ...paused });
      await assert.rejects(
        finalize(options(at)),
        /is paused, not finished \(.*; paused by ada@desk: sale until Monday\)/,
      );
      await at.session.close();
    });

    test("reports a state that could not be restored", {}, async () => {
      const at = await scene(100);
      await queue(at.session, declared({ table: "counted", sql: ADD_ONE, subBatchSize: 1 }));
      const stop = new AbortController();
      const events: BackgroundEvent[] = [];
      const stopped = finalize(options(at, {
        signal: stop.signal,
        mode: "wait",
        report: (event) => void events.push(event),
        onProgress: () => {
          if (stop.signal.aborted) return;
          void at.sql(
            "ALTER TABLE migrator.batched_background_migration_events " +
              "ADD CONSTRAINT no_way_back CHECK (event <> 'abandon')",
          )
            .finally(() => stop.abort(new Failure("interrupted/interrupted", "Stopped.")));
        },
      }));
      assert.match(await codeOf(stopped), /^interrupted/);
      const told = events.find((event) => "event" in event && event.event === "abandon");
      assert.match(JSON.stringify(told), /could not be set back to active \(.*no_way_back/);
      await at.session.close();
    });

    test("goes the way back too, and lets nobody rely on that", {}, async () => {
      const at = await scene(300);
      const down = [template("UPDATE counted SET n = n - 1 WHERE batch()")];
      const declaration = declared({ table: "counted", sql: ADD_ONE, down });
      await at.sql("CREATE SCHEMA migrator");
      const queueing = { who: "tester", toolVersion: "0", reason: undefined };
      const first = { ...queueing, declaration, mode: "first" } as const;
      await queueManually(at.session, BACKGROUND, first);
      await finalize(options(at));
      const back = { ...queueing, declaration, mode: "anew", direction: "down" } as const;
      await queueManually(at.session, BACKGROUND, back);
      assert.equal(
        await codeOf(finalize(options(at, { direction: "up" }))),
        "background/taken-back",
      );
      assert.equal((await finalize(options(at))).direction, "down");
      assert.deepEqual(await at.sql("SELECT n, count(*) FROM counted GROUP BY n"), [
        { n: "0", count: "300" },
      ]);
      const without = declared({ table: "counted", sql: ADD_ONE });
      assert.equal(
        await codeOf(queueManually(at.session, BACKGROUND, { ...back, declaration: without })),
        "background/no-way-back",
      );
      await at.session.close();
    });

    test("fails with the reason, and goes on when it is mended", {}, async () => {
      const at = await scene(300);
      await at.sql("ALTER TABLE counted ADD CHECK (id <> 30 OR n = 0)");
      await queue(at.session, declared({ table: "counted", sql: ADD_ONE, subBatchSize: 100 }));
      assert.equal(await codeOf(finalize(options(at))), "background/failed");
      assert.equal(await statusOf(at), "4");
      await at.sql("ALTER TABLE counted DROP CONSTRAINT counted_check");
      assert.equal((await finalize(options(at))).status, "finalized");
      assert.deepEqual(await at.sql("SELECT n, count(*) FROM counted GROUP BY n"), [
        { n: "1", count: "300" },
      ]);
      await at.session.close();
    });
  });
}

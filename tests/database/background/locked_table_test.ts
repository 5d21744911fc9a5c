import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BackgroundEvent } from "../../../src/background/state/event.ts";
import { readProgressSnapshots } from "../../../src/background/status/progress_snapshot.ts";
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
import { eventually } from "../../support/harness.ts";

for (const major of majors) {
  describe(`a table that another session has locked, on PostgreSQL ${major}`, () => {
    test("holds its batched migration, which says so, and others go on", {}, async () => {
      const scene = await newScene(await sharedCluster(major), 50);
      await scene.sql(
        "CREATE TABLE other AS TABLE counted; ALTER TABLE other ADD PRIMARY KEY (id)",
      );
      const held = await queue(scene.session, declared({ table: "counted", sql: ADD_ONE }));
      const free = await queue(
        scene.session,
        declared({
          name: "free",
          table: "other",
          sql: [template("UPDATE other SET n = n + 1 WHERE batch()")],
        }),
      );
      const locker = await scene.connector.open({ applicationName: "locker" });
      await locker.query("BEGIN; LOCK TABLE counted IN ACCESS EXCLUSIVE MODE");
      const events: BackgroundEvent[] = [];
      const stop = new AbortController();
      const working = work(scene.connector, { events, signal: stop.signal });
      const snapshotOf = async (id: string) =>
        (await readProgressSnapshots(scene.session, BACKGROUND, { id }))[0]!;
      await eventually(
        async () => (await snapshotOf(held)).held?.reason.includes("a lock on counted") === true,
        { what: "the reason" },
      );
      assert.ok(events.some(({ type }) => type === "held"));
      assert.equal((await snapshotOf(free)).held, undefined);
      await locker.query("COMMIT");
      await working;
      assert.equal((await snapshotOf(held)).status, "finished");
      assert.equal((await snapshotOf(held)).held, undefined);
      await locker.close();
      await scene.session.close();
    });
  });
}

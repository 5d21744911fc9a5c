import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Cluster, majors, sharedCluster, startCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { crashWithoutWalWriter, FORGETFUL } from "../../support/forgetful.ts";
import type { RunEvent } from "../../../src/runner/context/event.ts";
import {
  connectorTo,
  eventually,
  failureOf,
  interfere,
  newProduct,
  runningBackend,
  unwatched,
  type Written,
} from "../../support/harness.ts";

const LIMIT = { timeout: 90_000 };

for (const major of majors) {
  describe(`a connection that is lost in a migration, on PostgreSQL ${major}`, () => {
    test("behind the commit is told to have been in time", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE a (); SELECT 1" },
        { up: "CREATE TABLE b (); SELECT 2" },
      ]);
      const connector = interfere(await connectorTo(product.url), {
        async after(message, session) {
          if (!message.includes("RETURNING id,") || !message.includes("COMMIT")) return;
          session.abandon();
          await session.lost;
        },
      });
      const events: RunEvent[] = [];
      const failure = await failureOf(
        product.run({ connector, report: (event) => events.push(event) }),
      );
      assert.equal(failure.code, "connection/lost");
      assert.match(failure.message, /Migration 1 \(m1\) of "app" was committed all the same/);
      assert.equal(failure.facts["outcome"], "committed");
      assert.deepEqual(failure.facts["done"], ["1"]);
      const applied = events.flatMap((event) =>
        event.type === "applied" ? [event.step.version] : []
      );
      assert.deepEqual(applied, [1n]);
      assert.ok(events.every(({ type }) => type !== "step-failed"));
      assert.deepEqual(await product.attempts(), ["1 up t"]);
      assert.equal((await product.run()).done.length, 1);
    });

    test("while the server goes on with it is told to be undecided", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: `${unwatched(major)}; CREATE TABLE a (); SELECT pg_sleep(60)` },
      ]);
      let cut = () => {};
      const connector = interfere(await connectorTo(product.url), {
        before(message, session) {
          if (message.includes("pg_sleep(60)")) cut = () => session.abandon();
        },
      });
      const run = failureOf(product.run({ connector }));
      const pid = await runningBackend(product, "pg_sleep(60)");
      cut();
      const failure = await run;
      assert.equal(failure.exit, 3);
      assert.match(
        failure.message,
        new RegExp(`still running on the server \\(pid ${pid}, since 2`),
      );
      assert.match(failure.hint ?? "", /migrator repair --db app/);
      assert.equal(failure.facts["outcome"], "running");
      await product.sql(`SELECT pg_terminate_backend(${pid})`);
    });

    test("outside a transaction is told with the statements that are done", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [{
        up: "CREATE TABLE a (); CREATE TABLE b (); SELECT pg_sleep(60); CREATE TABLE c ()",
        yaml: "transaction: none",
      }]);
      const run = failureOf(product.run());
      const pid = await runningBackend(product, "pg_sleep(60)");
      await product.sql(`SELECT pg_terminate_backend(${pid})`);
      const failure = await run;
      assert.match(failure.message, /2 of its 4 statements are done, and nothing of the next\./);
      assert.equal(failure.hint, "migrator repair 1 --db app");
      const mended = await runMigrator(["repair", "1", "--dry-run", "--json", ...product.args]);
      assert.equal(mended.json()[0]?.["statement"], 3);
    });
  });

  describe(`a server that crashes in a run, on PostgreSQL ${major}`, () => {
    /** Runs until the sleep, crashes the server, starts it again. */
    async function crash(cluster: Cluster, list: readonly Written[]) {
      const product = await newProduct(cluster, list);
      const crashNow = await crashWithoutWalWriter(cluster);
      const run = failureOf(product.run());
      await runningBackend(product, "pg_sleep(60)");
      await crashNow();
      await cluster.start();
      return { product, failure: await run };
    }

    test("is asked when it is back, also for what was done before", LIMIT, async () => {
      const cluster = await startCluster({ major, settings: FORGETFUL });
      try {
        const { product, failure } = await crash(cluster, [
          { up: "CREATE TABLE a (i int); INSERT INTO a VALUES (1)" },
          { up: "CREATE TABLE b (); SELECT pg_sleep(60)" },
        ]);
        assert.equal(failure.code, "lock/lost");
        assert.match(failure.message, /Migration 2 \(m2\) of "app" was rolled back/);
        assert.match(failure.message, /crash took back what was committed just before: 1\./);
        assert.deepEqual([failure.facts["done"], failure.facts["gone"]], [[], ["1"]]);
        await eventually(async () => (await product.attempts()).length === 0, {
          what: "the history of a run of which nothing is left",
        });
        product.rewrite([{ up: "CREATE TABLE a (i int)" }, { up: "CREATE TABLE b ()" }]);
        assert.equal((await product.run()).done.length, 2);
      } finally {
        await cluster.dispose();
      }
    });

    test("has kept the statements that it counted", LIMIT, async () => {
      const cluster = await startCluster({ major });
      try {
        const { product, failure } = await crash(cluster, [
          {
            up: "CREATE TABLE a (); SELECT pg_sleep(60); CREATE TABLE b ()",
            yaml: "transaction: none",
          },
        ]);
        assert.match(failure.message, /1 of its 3 statements is done, and nothing of the next\./);
        const told = await runMigrator(["repair", ...product.args]);
        assert.equal(told.status, 5, told.stdout);
        assert.match(told.stdout, /run statements 2 to 3, if told so: repair 1 --continue/);
      } finally {
        await cluster.dispose();
      }
    });
  });
}

import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { describe, test } from "node:test";
import { Failure } from "../../../src/failure.ts";
import { planUp } from "../../../src/plan/up.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { startMigrator } from "../../support/command.ts";
import {
  concurrently,
  connectorTo,
  failureOf,
  interfere,
  newProduct,
  runningBackend,
} from "../../support/harness.ts";
import { holdOpen } from "../../support/hold_open.ts";

const LIMIT = { timeout: 60_000 };

for (const major of majors) {
  describe(`a run that is told to stop, on PostgreSQL ${major}`, () => {
    for (const [signal, exit] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
      test(`by ${signal} cancels, rolls back, lets go and exits ${exit}`, LIMIT, async () => {
        const product = await newProduct(await sharedCluster(major), [
          { up: "CREATE TABLE a ()" },
          { up: "CREATE TABLE b (); SELECT pg_sleep(60)" },
        ]);
        const running = startMigrator(["up", ...product.args]);
        await runningBackend(product, "pg_sleep(60)");
        const began = performance.now();
        running.kill(signal);
        const { status, stderr } = await running.finished;
        const took = performance.now() - began;
        assert.equal(status, exit, stderr);
        assert.ok(took < 1_500, `it took ${took} ms`);
        assert.match(stderr, new RegExp(`Stopped by ${signal}`));
        assert.match(
          stderr,
          /Migration 2 \(m2\) of "app" was cancelled on the server and rolled back/,
        );
        const [found] = await product.sql(
          `SELECT to_regclass('b') AS b, (SELECT fence = durable_fence FROM migrator.databases) AS durable,
            (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database()
              AND pid <> pg_backend_pid()) AS others,
            (SELECT state FROM migrator.status WHERE version = 2) AS state`,
        );
        assert.deepEqual({ ...found }, { b: null, durable: true, others: 0, state: "failed" });
        product.rewrite([{ up: "CREATE TABLE a ()" }, { up: "CREATE TABLE b ()" }]);
        await product.run({ lockWait: 0 });
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up f", "2 up t"]);
      });
    }

    test("when its migration commits all the same says so", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE a (); SELECT 1" },
        { up: "CREATE TABLE b ()" },
      ]);
      const stop = new AbortController();
      let committed = () => {};
      const isCommitted = new Promise<void>((resolve) => committed = resolve);
      const failure = await failureOf(product.run({
        signal: stop.signal,
        connector: interfere(await connectorTo(product.url), {
          before(message) {
            if (!message.includes("RETURNING id,")) return;
            stop.abort(new Failure("interrupted/interrupted", "Stopped."));
          },
          after: (message) => message.includes("RETURNING id,") ? committed() : undefined,
          // The request to cancel comes when the COMMIT is through.
          beforeCancel: () => isCommitted,
        }),
      }));
      assert.equal(failure.code, "interrupted/interrupted");
      const attempts = await product.attempts();
      assert.deepEqual(attempts, ["1 up t"]);
      assert.deepEqual(failure.facts["done"], ["1"]);
      assert.doesNotMatch(failure.message, /rolled back/);
    });

    test("when its migration has failed just before says how it failed", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [{ up: "SELECT 1/0" }]);
      const stop = new AbortController();
      const failure = await failureOf(product.run({
        signal: stop.signal,
        report: ({ type }) =>
          type === "step-failed" && stop.abort(new Failure("interrupted/interrupted", "Stopped.")),
      }));
      assert.equal(failure.code, "sql/statement-failed");
      assert.match(failure.message, /division by zero/);
    });

    test("between two migrations does not begin the second", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE a (); SELECT" },
        { up: "CREATE TABLE b (); SELECT" },
      ]);
      const stop = new AbortController();
      const failure = await failureOf(product.run({
        signal: stop.signal,
        report: ({ type }) =>
          type === "applied" && stop.abort(new Failure("interrupted/interrupted", "Stopped.")),
      }));
      assert.deepEqual(failure.facts["done"], ["1"]);
      assert.deepEqual(await product.attempts(), ["1 up t"]);
    });

    test("while it waits for the lock leaves at once", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [{ up: "SELECT pg_sleep(60)" }]);
      const stop = [new AbortController(), new AbortController()] as const;
      const first = failureOf(product.run({ signal: stop[0].signal }));
      await runningBackend(product, "pg_sleep(60)");
      const reason = new Failure("interrupted/terminated", "Stopped.");
      const second = failureOf(product.run({
        signal: stop[1].signal,
        report: ({ type }) => type === "waiting" && stop[1].abort(reason),
      }));
      assert.equal((await second).exit, 143);
      stop[0].abort(reason);
      assert.equal((await first).exit, 143);
    });

    test("while it waits for a table leaves at once", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, [{ up: "CREATE TABLE a ()" }]);
      await product.run();
      const reader = await holdOpen(product, "SELECT FROM a");
      product.rewrite([{ up: "CREATE TABLE a ()" }, { up: "ALTER TABLE a ADD b int" }]);
      const stop = new AbortController();
      // With the reader in its way for as long as it waits.
      const failure = await failureOf(product.run({
        signal: stop.signal,
        lockTimeout: 50,
        report: ({ type }) =>
          type === "retrying" && stop.abort(new Failure("interrupted/interrupted", "Stopped.")),
      }));
      assert.equal(failure.exit, 130);
      await reader.release();
    });

    test("in a concurrent build leaves what the next run mends", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE a (b int)" },
        concurrently("CREATE INDEX CONCURRENTLY a_b ON a (b)"),
      ]);
      await product.run({ plan: (input) => planUp(input, [1n]) });
      const writer = await holdOpen(product, "INSERT INTO a VALUES (1)");
      const stop = new AbortController();
      const run = failureOf(product.run({ signal: stop.signal }));
      await runningBackend(product, "CREATE INDEX CONCURRENTLY");
      stop.abort(new Failure("interrupted/interrupted", "Stopped."));
      assert.equal((await run).exit, 130);
      await writer.release();
      await product.run();
      const [row] = await product.sql(
        "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'a_b'::regclass",
      );
      assert.deepEqual({ ...row }, { valid: true });
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f", "2 up t"]);
    });
  });
}

describe("a command that is told to stop", () => {
  test("while a server accepts it but does not answer exits 130", LIMIT, async () => {
    const mute = net.createServer((socket) => socket.on("error", () => {}).resume());
    mute.listen(0, "127.0.0.1");
    await once(mute, "listening");
    const { port } = mute.address() as net.AddressInfo;
    const product = await newProduct(await sharedCluster(majors[0]!), [{ up: "SELECT 1" }]);
    const url = `postgres://a@127.0.0.1:${port}/b?sslmode=disable`;
    const accepted = once(mute, "connection");
    const running = startMigrator([
      "up",
      "--migrations",
      product.directory,
      "--database-url",
      url,
    ], { timeout: 10_000 });
    const [socket] = await accepted as [net.Socket];
    await new Promise((resolve) => setTimeout(resolve, 200));
    running.kill("SIGINT");
    const began = performance.now();
    const { status, stderr } = await running.finished;
    const took = performance.now() - began;
    socket.destroy();
    mute.close();
    assert.equal(status, 130, stderr);
    assert.ok(took < 1_500, `it took ${took} ms`);
  });
});

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Failure } from "../../../src/failure.ts";
import { majors, startCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import { FORGETFUL } from "../../support/forgetful.ts";
import {
  connectorTo,
  failureOf,
  interfere,
  lockBackend,
  newProduct,
  type Product,
  runningBackend,
} from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };

const tables = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ up: `CREATE TABLE t${index + 1} ()` }));

/** Versions that the history calls applied, and those whose table is there. */
async function whatIsThere(product: Product) {
  const [row] = await product.sql(
    `SELECT (SELECT coalesce(string_agg(version::text, ' ' ORDER BY version), '')
        FROM migrator.status WHERE state = 'applied') AS applied,
      (SELECT coalesce(string_agg(substr(relname, 2), ' ' ORDER BY relname), '') FROM pg_class
        WHERE relname ~ '^t[0-9]$') AS tables`,
  );
  return { ...row };
}

for (const major of majors) {
  describe(`what a run called done, after a crash of PostgreSQL ${major}`, () => {
    const started = startCluster({ major, settings: FORGETFUL });
    after(async () => (await started).dispose());

    async function crash(): Promise<void> {
      const cluster = await started;
      await cluster.stop("immediate");
      await cluster.start();
    }

    test("is all there when the run had ended well", LIMIT, async () => {
      for (let repetition = 0; repetition < 5; repetition++) {
        const product = await newProduct(await started, tables(5));
        const events: string[] = [];
        await product.run({ report: ({ type }) => events.push(type) });
        await crash();
        assert.deepEqual(await whatIsThere(product), { applied: "1 2 3 4 5", tables: "1 2 3 4 5" });
        assert.equal(events.at(-1), "durable");
      }
    });

    test("is all there when the run had failed", LIMIT, async () => {
      const product = await newProduct(await started, [
        ...tables(2),
        { up: "CREATE TABLE t3 (); SELECT 1 / 0" },
      ]);
      const failure = await failureOf(product.run());
      await crash();
      assert.deepEqual(failure.facts["done"], ["1", "2"]);
      assert.deepEqual(await whatIsThere(product), { applied: "1 2", tables: "1 2" });
    });

    test("is all there when the run had been stopped", LIMIT, async () => {
      const product = await newProduct(await started, [...tables(2), {
        up: "SELECT pg_sleep(60)",
      }]);
      const stop = new AbortController();
      const run = failureOf(product.run({ signal: stop.signal }));
      await runningBackend(product, "pg_sleep(60)");
      stop.abort(new Failure("interrupted/interrupted", "Stopped."));
      await run;
      await crash();
      assert.deepEqual(await whatIsThere(product), { applied: "1 2", tables: "1 2" });
    });

    test("is all there when the run had lost its lock", LIMIT, async () => {
      const product = await newProduct(await started, [...tables(2), {
        up: "SELECT pg_sleep(60)",
      }]);
      const run = failureOf(product.run());
      await runningBackend(product, "pg_sleep(60)");
      await product.sql(`SELECT pg_terminate_backend(${await lockBackend(product)})`);
      assert.equal((await run).code, "lock/lost");
      await crash();
      assert.deepEqual(await whatIsThere(product), { applied: "1 2", tables: "1 2" });
    });

    test("is all there when the working connection had been lost", LIMIT, async () => {
      const product = await newProduct(await started, [
        ...tables(2),
        { up: "SELECT pg_terminate_backend(pg_backend_pid())" },
      ]);
      assert.equal((await failureOf(product.run())).code, "connection/lost");
      await crash();
      assert.deepEqual(await whatIsThere(product), { applied: "1 2", tables: "1 2" });
    });

    test("is not called so when the server crashed in the middle of the run", LIMIT, async () => {
      const product = await newProduct(await started, [
        ...tables(2),
        { up: "SELECT pg_sleep(60)", yaml: "lockTimeout: 1s" },
      ]);
      const told: string[] = [];
      const run = failureOf(product.run({ report: ({ type }) => told.push(type) }));
      await runningBackend(product, "pg_sleep(60)");
      await crash();
      await run;
      const { applied } = await whatIsThere(product);
      if (told.includes("durable")) {
        const count = told.filter((type) => type === "applied").length;
        assert.equal(applied, ["", "1", "1 2"][count]);
      }
      product.rewrite(tables(3));
      await product.run();
      assert.deepEqual(await whatIsThere(product), { applied: "1 2 3", tables: "1 2 3" });
    });

    test("is there or gone together with its row when the run was killed", LIMIT, async () => {
      const product = await newProduct(await started, [...tables(2), {
        up: "SELECT pg_sleep(60)",
      }]);
      const running = startMigrator(["up", ...product.args]);
      await runningBackend(product, "pg_sleep(60)");
      running.kill("SIGKILL");
      await running.finished;
      const [row] = await product.sql(
        "SELECT durable_fence < fence AS open FROM migrator.databases",
      );
      assert.deepEqual({ ...row }, { open: true });
      await crash();
      const { applied, tables: found } = await whatIsThere(product);
      assert.equal(applied, found);
      product.rewrite(tables(3));
      await product.run();
      await crash();
      assert.deepEqual(await whatIsThere(product), { applied: "1 2 3", tables: "1 2 3" });
    });

    test("is finished by the next run, even if that has nothing to do", LIMIT, async () => {
      const product = await newProduct(await started, tables(2));
      const connector = interfere(await connectorTo(product.url), {
        before(message) {
          if (message.includes("SET durable_fence")) throw new Error("no finish");
        },
      });
      await product.run({ connector });
      const status = await runMigrator(["status", ...product.args]);
      assert.match(status.stdout, /the last run did not finish/);
      const up = await runMigrator(["up", "--json", ...product.args]);
      assert.equal(up.status, 0, up.stderr);
      assert.ok(up.json().some(({ event }) => event === "durable"));
      await crash();
      assert.deepEqual(await whatIsThere(product), { applied: "1 2", tables: "1 2" });
      const again = await runMigrator(["up", "--json", ...product.args]);
      assert.deepEqual(again.json().map(({ event }) => event), ["database", "finished"]);
    });

    test("hangs on the last commit: without it a crash loses migrations", LIMIT, async () => {
      // Proves that this server can lose what was not synchronized, and so that the tests above can fail.
      const product = await newProduct(await started, tables(2));
      await product.run();
      product.rewrite(tables(3));
      const connector = interfere(await connectorTo(product.url), {
        before(message) {
          if (message.includes("SET durable_fence")) throw new Error("no finish");
        },
      });
      await product.run({ connector });
      await crash();
      assert.deepEqual(await whatIsThere(product), { applied: "1 2", tables: "1 2" });
    });

    for (
      const [level, expected] of [
        ["on", "on"],
        ["off", "on"],
        ["local", "local"],
        ["remote_write", "remote_write"],
        ["remote_apply", "remote_apply"],
      ] as const
    ) {
      test(
        `a server with synchronous_commit = ${level} is finished with ${expected}`,
        LIMIT,
        async () => {
          const server = await started;
          const product = await newProduct(server, [{
            up: "CREATE TABLE seen AS SELECT current_setting('synchronous_commit') AS level",
          }]);
          await product.sql(`ALTER DATABASE ${product.postgres} SET synchronous_commit = ${level}`);
          let last = "";
          const connector = interfere(await connectorTo(product.url), {
            before(message) {
              if (message.includes("SET durable_fence")) last = message;
            },
          });
          await product.run({ connector });
          assert.match(last, new RegExp(`SET LOCAL synchronous_commit = ${expected};`));
          assert.deepEqual(await product.sql("SELECT level FROM seen"), [{ level: "off" }]);
        },
      );
    }

    test("with --durable each every commit waits for the disk", LIMIT, async () => {
      const product = await newProduct(await started, [{
        up: "CREATE TABLE seen AS SELECT current_setting('synchronous_commit') AS level",
      }]);
      const up = await runMigrator(["up", "--durable", "each", ...product.args]);
      assert.equal(up.status, 0, up.stderr);
      assert.deepEqual(await product.sql("SELECT level FROM seen"), [{ level: "on" }]);
    });
  });
}

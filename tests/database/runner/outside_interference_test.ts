import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import { concurrently, newProduct, runningBackend, type Written } from "../../support/harness.ts";
import { holdOpen } from "../../support/hold_open.ts";

const LIMIT = { timeout: 90_000 };

for (const major of majors) {
  describe(`interference from outside, on PostgreSQL ${major}`, () => {
    test("loses nothing behind a concurrent drop that was cut off", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "SELECT 1" },
        { up: "CREATE TABLE customers (id int)", down: "DROP TABLE customers" },
        concurrently("CREATE INDEX CONCURRENTLY ci ON customers (id)", {
          down: "DROP INDEX CONCURRENTLY IF EXISTS ci",
        }),
      ]);
      await product.run();
      await product.sql("INSERT INTO customers SELECT 1");
      const reader = await holdOpen(product, "SELECT count(*) FROM customers");
      const undo = startMigrator(["undo", ...product.args]);
      await runningBackend(product, "DROP INDEX CONCURRENTLY");
      undo.kill("SIGINT");
      assert.equal((await undo.finished).status, 130);
      await reader.release();
      const again = await runMigrator(["undo", ...product.args]);
      assert.equal(again.status, 0, again.stderr);
      const [found] = await product.sql(
        "SELECT (SELECT count(*)::int FROM customers) AS rows, to_regclass('ci') AS index",
      );
      assert.deepEqual({ ...found }, { rows: 1, index: null });
      const status = await runMigrator(["status", ...product.args]);
      assert.match(status.stdout, /2 applied, 1 pending/);
    });

    test("is not told that something is dirty when nothing was done", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE a ()" },
        { up: "VACUUM nosuch" },
      ]);
      const failed = await runMigrator(["up", ...product.args]);
      assert.equal(failed.status, 7);
      assert.match(failed.stderr, /Nothing of it is in the database/);
      product.rewrite([{ up: "CREATE TABLE a ()" }, { up: "VACUUM a" }]);
      const mended = await runMigrator(["up", ...product.args]);
      assert.equal(mended.status, 0, mended.stderr);
    });

    test("keeps two products of one name apart", LIMIT, async () => {
      const server = await sharedCluster(major);
      const list = (name: string): Written[] => [
        { up: `CREATE TABLE ${name} ()`, yaml: `# ${name}` },
        { up: `CREATE TABLE ${name}_more ()` },
      ];
      const first = await newProduct(server, list("first"));
      await first.run();
      const edited = await newProduct(server, [...list("second"), { up: "SELECT 1" }], {
        postgres: first.postgres,
      });
      // The same names: edited. Another name of the root: another product.
      const warned = await runMigrator(["up", "--dry-run", ...edited.args]);
      assert.equal(warned.status, 0, warned.stderr);
      assert.match(warned.stderr, /2 applied migrations were edited in database "app" since: 1, 2/);
      await first.sql(
        "UPDATE migrator.migration_logs SET name = 'birth of first' WHERE version = 1",
      );
      const refused = await runMigrator(["up", ...edited.args]);
      assert.equal(refused.status, 5);
      assert.match(refused.stderr, /history\/other-product/);
      assert.equal((await runMigrator(["down", "1", ...edited.args])).status, 5);
      assert.deepEqual(await first.attempts(), ["1 up t", "2 up t"]);
    });

    test("cannot lend our comparisons an operator", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, [{ up: "CREATE TABLE public.a ()" }]);
      await product.sql(`CREATE SCHEMA evil;
        CREATE FUNCTION evil.eq(text, text) RETURNS boolean LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'borrowed'; END $$;
        CREATE FUNCTION evil.eq(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'borrowed'; END $$;
        CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.eq);
        CREATE OPERATOR evil.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.eq);
        ALTER DATABASE ${product.postgres} SET search_path = evil, pg_catalog, public`);
      for (const command of ["up", "up", "status"]) {
        const { status, stderr } = await runMigrator([command, ...product.args]);
        assert.equal(status, 0, stderr);
      }
    });
  });
}

describe("a network that freezes", () => {
  test("does not keep a run that is told to stop", LIMIT, async () => {
    const server = await sharedCluster(18);
    const product = await newProduct(server, [{ up: "SELECT pg_sleep(60)" }]);
    const proxy = await freezer(server);
    const url = product.url.replace(`:${server.port}/`, `:${proxy.port}/`);
    const running = startMigrator(["up", "--migrations", product.directory, "--database-url", url]);
    await runningBackend(product, "pg_sleep(60)");
    proxy.freeze();
    const began = performance.now();
    running.kill("SIGTERM");
    const { status, stderr } = await running.finished;
    proxy.end();
    assert.equal(status, 143, stderr);
    assert.ok(performance.now() - began < 28_000);
    assert.match(stderr, /whether it was committed is in the history|not committed/);
  });
});

/** A proxy that passes everything on until it is frozen, and from then on nothing. */
async function freezer(server: { readonly host: string; readonly port: number }) {
  const sockets: net.Socket[] = [];
  const listener = net.createServer((client) => {
    const upstream = net.connect(server.port, "127.0.0.1");
    for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
      from.on("data", (data) => void to.write(data)).on("error", () => {});
      from.on("close", () => to.destroy());
      sockets.push(from);
    }
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    port: (listener.address() as net.AddressInfo).port,
    freeze() {
      for (const socket of sockets) socket.pause();
      listener.on("connection", (socket) => socket.pause());
      listener.removeAllListeners("connection");
    },
    end() {
      for (const socket of sockets) socket.destroy();
      listener.close();
    },
  };
}

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as net from "node:net";
import { after, describe, test } from "node:test";
import {
  type Cluster,
  majors,
  type Server,
  sharedCluster,
  startCluster,
} from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import { newProduct, type Product, writeMigrations } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };

const TWO = [{ up: "CREATE TABLE a ()" }, { up: "CREATE TABLE b ()" }];

/** Who may log in, and read the history, and nothing else. */
async function makeReader(server: Server, { postgres, url }: Product): Promise<string> {
  await server.sql(
    postgres,
    "DO $$ BEGIN CREATE ROLE wait_reader LOGIN; EXCEPTION WHEN OTHERS THEN NULL; END $$",
  );
  return url.replace("postgres@", "wait_reader@");
}

const GRANT = "GRANT USAGE ON SCHEMA migrator TO wait_reader; " +
  "GRANT SELECT ON ALL TABLES IN SCHEMA migrator TO wait_reader";

for (const major of majors) {
  describe(`wait, on PostgreSQL ${major}`, () => {
    test("ends when the last migration is applied, having said each change", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, TWO);
      const waiting = startMigrator(["wait", ...product.args, "--timeout", "60s"]);
      await waiting.printed(/^app: waiting: nothing was ever applied to it$/m);
      await product.run({
        plan: ({ database, graph }) => ({
          database,
          steps: graph.ordered.slice(0, 1)
            .map((definition) => ({ definition, direction: "up", script: definition.up })),
        }),
      });
      await waiting.printed(/^app: waiting: 1 of 2 migrations are not applied; the next is 2 /m);
      await product.run();
      const { status, stdout, stderr } = await waiting.finished;
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^app: ready on postgres:\/\/\S+\n$/);
      const lines = stderr.trimEnd().split("\n");
      assert.deepEqual(lines, [...new Set(lines)]);
    });

    test("needs no right but to read, and waits for that too", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, TWO);
      const url = await makeReader(server, product);
      await product.run();
      const args = ["wait", "--migrations", product.directory, "--database-url", url];
      const late = await runMigrator([...args, "--timeout", "0", "--json"]);
      assert.equal(late.status, 1, late.stdout);
      const failed = late.json().at(-1);
      assert.equal(failed?.["code"], "status/not-ready");
      assert.match(String(failed?.["hint"]), /GRANT USAGE ON SCHEMA migrator/);
      const waiting = startMigrator(args);
      await waiting.printed(/waiting: Cannot read the history/);
      await product.sql(GRANT);
      assert.equal((await waiting.finished).status, 0);
    });

    test("is content beside another runner's lock, and with a newer database", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, TWO);
      await product.run();
      product.rewrite([...TWO, { up: "SELECT pg_sleep(600)", yaml: "transaction: none" }]);
      const stop = new AbortController();
      const running = product.run({ signal: stop.signal }).catch(() => {});
      await until(async () => (await product.attempts()).includes("3 up ?"));
      const needs = await runMigrator(["wait", ...product.args, "--timeout", "0"]);
      assert.equal(needs.status, 1);
      assert.match(needs.stderr, /3 \(m3\) is being run/);
      product.rewrite(TWO.slice(0, 1));
      const { status, stderr } = await runMigrator(["wait", ...product.args, "--timeout", "0"]);
      assert.equal(status, 0, stderr);
      assert.match(stderr, /warning: database "app" has applied 2, which this program does not/);
      stop.abort(new Error("enough"));
      await running;
      product.rewrite([...TWO, { up: "SELECT pg_sleep(600)", yaml: "transaction: none" }]);
      const dirty = await runMigrator(["wait", ...product.args, "--timeout", "0"]);
      assert.match(dirty.stderr, /status\/not-ready.*3 \(m3\) was cut off/);
      assert.match(dirty.stderr, /next: .*migrator describe 3 --db app/);
    });

    test("leaves no connection open between two looks, and no lock ever", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, TWO);
      const waiting = startMigrator(["wait", ...product.args]);
      await waiting.printed(/waiting/);
      // Looks end in milliseconds and are far apart: most of the time there is nobody.
      let absent = 0;
      for (let tries = 0; tries < 40; tries++) {
        const rows = await product.sql(
          "SELECT FROM pg_stat_activity WHERE application_name LIKE 'migrator app (wait)' " +
            "AND datname = current_database()",
        );
        if (rows.length === 0) absent++;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      assert.ok(absent > 20, `nobody there in ${absent} of 40 looks`);
      waiting.kill("SIGTERM");
      const { status, stderr } = await waiting.finished;
      assert.equal(status, 143, stderr);
    });
  });
}

describe("wait", () => {
  const clusters: Cluster[] = [];
  after(() => Promise.all(clusters.map((cluster) => cluster.dispose())));

  test("waits for a server, then for a database, then for a history", LIMIT, async () => {
    const cluster = await startCluster({ major: 18 });
    clusters.push(cluster);
    await cluster.stop();
    const directory = writeMigrations({ app: TWO });
    const url = cluster.url("shop");
    const args = ["--migrations", directory, "--database-url", url];
    const waiting = startMigrator(["wait", ...args, "--json"]);
    await waiting.printed(/"reason":"connection\/refused"/);
    await cluster.start();
    await waiting.printed(/"reason":"connection\/no-such-database"/);
    const server = startMigrator(["wait", "--for", "server", ...args]);
    await server.printed(/shop/);
    await cluster.sql("postgres", "CREATE DATABASE shop");
    await waiting.printed(/"reason":"no-history"/);
    assert.match((await server.finished).stdout, /^app: \S+ answers\n$/);
    assert.equal((await runMigrator(["up", ...args])).status, 0);
    const { status, json } = await waiting.finished;
    assert.equal(status, 0);
    const lines = json();
    assert.deepEqual(
      lines.map(({ event, reason }) => `${event} ${reason ?? ""}`.trim())
        .filter((line) => !/starting|pending|lost|running/.test(line)),
      [
        "not-ready connection/refused",
        "not-ready connection/no-such-database",
        "not-ready no-history",
        "ready",
        "finished",
      ],
    );
  });

  test("ends at once where no waiting would help", LIMIT, async () => {
    const server = await sharedCluster(18);
    const product = await newProduct(server, TWO);
    const url = product.url.replace("postgres@", "nobody_of_this_name@");
    const { status, stderr } = await runMigrator(
      ["wait", "--migrations", product.directory, "--database-url", url],
    );
    assert.equal(status, 3);
    assert.match(stderr, /error\[connection\/authentication\]/);
    await product.run();
    product.rewrite([{ up: "CREATE TABLE other ()" }]);
    fs.writeFileSync(`${product.directory}/app/1_m1/metadata.yaml`, "name: other\nparents: []\n");
    const wrong = await runMigrator(["wait", ...product.args]);
    assert.equal(wrong.status, 5, wrong.stderr);
    assert.match(wrong.stderr, /error\[history\/other-product\]/);
  });

  test(
    "gives up in time on a server that says nothing, and on a proxy without one",
    LIMIT,
    async () => {
      const directory = writeMigrations({ app: TWO });
      const silent = net.createServer(() => {});
      const closing = net.createServer((socket) => socket.once("data", () => socket.destroy()));
      for (const [one, reason] of [[silent, "timeout"], [closing, "tls"]] as const) {
        const sockets = new Set<net.Socket>();
        one.on("connection", (socket) => {
          sockets.add(socket);
          socket.on("error", () => {});
        });
        await new Promise<void>((resolve) => one.listen(0, "127.0.0.1", resolve));
        const { port } = one.address() as net.AddressInfo;
        const url = `postgres://app@127.0.0.1:${port}/shop`;
        const { status, json, stdout } = await runMigrator(
          ["wait", "--migrations", directory, "--database-url", url, "--timeout", "2s", "--json"],
        );
        assert.equal(status, 1, stdout);
        assert.equal(json().at(-1)?.["code"], "status/not-ready");
        assert.deepEqual(json().at(-1)?.["facts"], {
          database: "app",
          reason: `connection/${reason}`,
        });
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => one.close(resolve));
      }
    },
  );

  test("stops on SIGINT and SIGTERM while the server says nothing", LIMIT, async () => {
    const directory = writeMigrations({ app: TWO });
    const silent = net.createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as net.AddressInfo;
    const url = `postgres://app@127.0.0.1:${port}/shop`;
    for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
      const connected = new Promise<net.Socket>((resolve) => silent.once("connection", resolve));
      const waiting = startMigrator(["wait", "--migrations", directory, "--database-url", url]);
      const socket = await connected;
      waiting.kill(signal);
      assert.equal((await waiting.finished).status, expected);
      socket.destroy();
    }
    silent.close();
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !await isSo(); tries++) {
    assert.ok(tries < 400, "waited twenty seconds for it");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * A network that loses every packet from one moment on, and tells nobody: connections stay open, and
 * nothing comes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import { type FreezingProxy, startFreezingProxy } from "../../support/freezing_proxy.ts";
import { newProduct, type Product } from "../../support/harness.ts";
import { describeSideBySide } from "../../support/side_by_side.ts";

const LIMIT = { timeout: 180_000 };
const major = majors.at(-1)!;

/** Seconds within which whoever was told to stop has ended: supervisors grant ten and more. */
const STOPPED = 9;

interface Place {
  readonly name: string;
  readonly freeze: (proxy: FreezingProxy) => void;
}

/** Moments of `up`, by what is on its way to the server then. */
const PLACES: readonly Place[] = [
  { name: "the login", freeze: (proxy) => proxy.freezeAt(/user\0postgres/) },
  { name: "the first query", freeze: (proxy) => proxy.freezeAt(/pg_backend_pid\(\) AS pid/) },
  { name: "the reading of the history", freeze: (proxy) => proxy.freezeAt(/string_agg/) },
  { name: "the try for the lock", freeze: (proxy) => proxy.freezeAt(/pg_try_advisory/) },
  { name: "the raising of the fence", freeze: (proxy) => proxy.freezeAt(/fence = d.fence \+ 1/) },
  {
    name: "the keeping of definitions",
    freeze: (proxy) => proxy.freezeAt(/migration_definitions \(/),
  },
  { name: "a migration", freeze: (proxy) => proxy.freezeAnswerTo(/Q[\s\S]{4}CREATE TABLE b/) },
  { name: "its first statement", freeze: (proxy) => proxy.freezeAt(/Q[\s\S]{4}CREATE TABLE b/) },
  { name: "the last commit", freeze: (proxy) => proxy.freezeAnswerTo(/durable_fence = \d/) },
];

/** What the tests run, behind a proxy. */
async function behindProxy(): Promise<{ product: Product; proxy: FreezingProxy; url: string }> {
  const server = await sharedCluster(major);
  const product = await newProduct(server, [
    { up: "CREATE TABLE a ()" },
    { up: "CREATE TABLE b (); SELECT pg_sleep(0.5)" },
  ]);
  const proxy = await startFreezingProxy(server);
  // TLS would hide from the proxy what is sent.
  return { product, proxy, url: `${proxy.through(product.url)}&sslmode=disable` };
}

/** Seconds since `began`. */
function since(began: number): number {
  return (performance.now() - began) / 1_000;
}

describe(`a network that loses everything, on PostgreSQL ${major}`, () => {
  test("lets SIGTERM end up within seconds, wherever it happens", LIMIT, async () => {
    await Promise.all(PLACES.map(async ({ name, freeze }) => {
      const { product, proxy, url } = await behindProxy();
      freeze(proxy);
      const args = ["up", "--migrations", product.directory, "--database-url", url];
      const running = startMigrator(args, { timeout: 60_000 });
      await Promise.race([proxy.frozen, running.finished]);
      const began = performance.now();
      running.kill("SIGTERM");
      const { status, stderr } = await running.finished;
      // All was applied before the last commit: its rows say so, and the next run makes it durable.
      const expected = name === "the last commit" ? [0, 143] : [143];
      assert.ok(expected.includes(status ?? -1), `frozen at ${name}: ${status} ${stderr}`);
      assert.ok(since(began) < STOPPED, `frozen at ${name} it took ${since(began)} s`);
      await proxy.close();
    }));
  });

  test("ends what only looks within seconds of SIGTERM", LIMIT, async () => {
    await Promise.all(["status", "plan", "doctor", "lock", "wait"].map(async (command) => {
      const { product, proxy, url } = await behindProxy();
      proxy.freezeAt(/^Q(?![\s\S]{4}SELECT pg_catalog.pg_backend_pid\(\) AS pid)/);
      const args = [command, "--migrations", product.directory, "--database-url", url];
      const running = startMigrator(args, { timeout: 120_000 });
      await proxy.frozen;
      const began = performance.now();
      running.kill("SIGTERM");
      const { status, stderr } = await running.finished;
      assert.equal(status, 143, `${command}: ${stderr}`);
      assert.ok(since(began) < STOPPED, `${command} took ${since(began)} s`);
      await proxy.close();
    }));
  });
});

describeSideBySide(`a network that loses everything for long, on PostgreSQL ${major}`, {
  "ends up without a signal, by the connection that holds the lock": async () => {
    const { product, proxy, url } = await behindProxy();
    proxy.freezeAnswerTo(/Q[\s\S]{4}CREATE TABLE b/);
    const args = ["up", "--migrations", product.directory, "--database-url", url, "--json"];
    const running = startMigrator(args, { timeout: 120_000 });
    await proxy.frozen;
    const began = performance.now();
    const finished = await running.finished;
    assert.equal(finished.status, 6, finished.stderr);
    assert.ok(since(began) < 60, `it took ${since(began)} s`);
    const silent = finished.json().filter(({ event }) => event === "silent");
    assert.equal(silent[0]?.["isReachable"] ?? silent[0]?.["is_reachable"], false);
    const failed = finished.json().at(-1);
    assert.equal(failed?.["code"], "lock/lost");
    assert.match(String(failed?.["message"]), /no answer for 15 s/);
    await proxy.close();
    // What it could not learn then is in the history now.
    await product.run();
    assert.deepEqual((await product.attempts()).filter((one) => one === "2 up t"), ["2 up t"]);
  },
  "does not end a statement that is silent for long on a healthy network": async () => {
    const server = await sharedCluster(major);
    const product = await newProduct(server, [{ up: "SELECT pg_sleep(22)" }]);
    const { status, stderr } = await runMigrator(["up", ...product.args]);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /app: no answer for 1\d s; the server can be reached/);
  },
  "ends what only looks, with a failure that names it": async () => {
    const commands = [["status"], ["plan"], ["doctor"], ["lock"], ["describe", "1"]];
    await Promise.all(commands.map(async (command) => {
      const { product, proxy, url } = await behindProxy();
      await product.run();
      proxy.freezeAt(/^Q(?![\s\S]{4}SELECT pg_catalog.pg_backend_pid\(\) AS pid)/);
      const args = [...command, "--migrations", product.directory, "--database-url", url];
      const { status, stderr, stdout } = await runMigrator(args, { timeout: 120_000 });
      const said = `${command}: ${status}\n${stdout}${stderr}`;
      assert.equal(status, 3, said);
      // It measured that itself, without what a busy machine takes to start a process.
      assert.match(stderr, /error\[connection\/lost\].*no answer for 30 s/, said);
      await proxy.close();
    }));
  },
  "ends every command at a server that takes connections and never answers": async () => {
    const { product, proxy } = await behindProxy();
    proxy.freeze();
    const url = proxy.through(product.url);
    const to = (end: string) => ["--migrations", product.directory, "--database-url", url + end];
    const check = async (args: readonly string[], seconds: number) => {
      const { status, stderr } = await runMigrator(args, { timeout: 120_000 });
      const said = `${args.join(" ")}: ${status}\n${stderr}`;
      assert.equal(status, 3, said);
      assert.match(stderr, new RegExp(`connection/timeout.*no answer within ${seconds} s`), said);
    };
    await Promise.all([
      ...["status", "plan", "doctor", "lock"].map((one) =>
        check([one, ...to("&connect_timeout=2")], 2)
      ),
      check(["status", ...to("")], 30),
      check(["up", "--lock-wait", "6s", ...to("")], 6),
      check(["up", "--lock-wait", "6s", ...to("&sslmode=disable")], 6),
    ]);
    await proxy.close();
  },
}, LIMIT);

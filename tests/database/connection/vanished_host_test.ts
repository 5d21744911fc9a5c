/**
 * A host that is there and then is not: a network namespace behind a pair of virtual interfaces, one
 * of which is taken down. Unlike behind a proxy, the kernel's own TCP hears nothing either.
 *
 * @module
 */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { type Cluster, majors, startCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import { newProduct, runningBackend } from "../../support/harness.ts";

const LIMIT = { timeout: 180_000 };
const major = majors.at(-1)!;

const NAME = `mg${process.pid}`;
const HERE = `${NAME}h`;
const THERE = `${NAME}t`;
/** Of the range for documentation and tests, with our process in it. */
const NET = `198.18.${process.pid % 250}`;

function ip(...args: readonly string[]): boolean {
  return spawnSync("ip", args, { stdio: "ignore" }).status === 0;
}

/** False where this process may not. */
function makeNamespace(): boolean {
  const inside = ["netns", "exec", NAME, "ip"];
  return ip("netns", "add", NAME) &&
    ip("link", "add", HERE, "type", "veth", "peer", "name", THERE, "netns", NAME) &&
    ip("addr", "add", `${NET}.1/24`, "dev", HERE) &&
    ip("link", "set", HERE, "up") &&
    ip(...inside, "link", "set", THERE, "up") &&
    ip(...inside, "addr", "add", `${NET}.2/24`, "dev", THERE);
}

/** Passes on, inside the namespace, what comes over its interface to the server's Unix socket. */
const RELAY = `
  import * as net from "node:net";
  import process from "node:process";
  net.createServer((client) => {
    const server = net.connect(process.env.TARGET);
    client.pipe(server).pipe(client);
    client.on("error", () => {});
    server.on("error", () => {});
  }).listen(5432, "0.0.0.0", () => console.log("ready"));
`;

describe(`a host that vanishes, on PostgreSQL ${major}`, () => {
  let cluster: Cluster;
  let isPossible = false;

  before(async () => {
    isPossible = process.getuid?.() === 0 && makeNamespace();
    if (!isPossible) {
      console.warn("skipped: making a network namespace needs root and `ip`");
      return;
    }
    cluster = await startCluster({ major });
  });

  after(async () => {
    ip("netns", "del", NAME);
    ip("link", "del", HERE);
    await cluster?.dispose();
  });

  /** Runs the relay, and gives what stops it. */
  async function relay(): Promise<() => void> {
    const node = "deno" in process.versions ? ["run", "-A", "-q", "-"] : ["-"];
    const child = spawn("ip", ["netns", "exec", NAME, process.execPath, ...node], {
      env: { ...process.env, TARGET: `${cluster.socketDirectory}/.s.PGSQL.${cluster.port}` },
      stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin.end(RELAY);
    await new Promise((resolve) => child.stdout.once("data", resolve));
    return () => child.kill("SIGKILL");
  }

  test("is given up: SIGTERM ends a run within seconds, and so does the lock", LIMIT, async () => {
    if (!isPossible) return;
    const stop = await relay();
    try {
      const product = await newProduct(cluster, [{ up: "SELECT pg_sleep(100)" }]);
      const url = `postgres://postgres@${NET}.2:5432/${product.postgres}?password=x`;
      const args = ["up", "--migrations", product.directory, "--database-url", url];
      const first = startMigrator(args, { timeout: 120_000 });
      await runningBackend(product, "pg_sleep(100)");
      assert.ok(ip("netns", "exec", NAME, "ip", "link", "set", THERE, "down"));
      const began = performance.now();
      first.kill("SIGTERM");
      const { status, stderr } = await first.finished;
      assert.equal(status, 143, stderr);
      assert.ok(performance.now() - began < 12_000, `${performance.now() - began} ms`);

      const unreachable = await runMigrator(["status", ...args.slice(1)], { timeout: 60_000 });
      assert.equal(unreachable.status, 3, unreachable.stderr);
      // Bun says ECONNREFUSED for every connection that fails at once.
      assert.match(
        unreachable.stderr,
        process.versions["bun"]
          ? /connection\/unreachable|or no route leads there/
          : /connection\/unreachable.*EHOSTUNREACH/,
      );
    } finally {
      stop();
    }
  });
});

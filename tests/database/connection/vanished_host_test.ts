import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { type Cluster, majors, startCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import { noFarHost, startFarHost } from "../../support/far_host.ts";
import { newProduct, runningBackend } from "../../support/harness.ts";

const LIMIT = { timeout: 180_000 };
const major = majors.at(-1)!;

describe(`a host that vanishes, on PostgreSQL ${major}`, () => {
  const reason = noFarHost();
  let cluster: Cluster;

  before(async () => {
    if (reason !== undefined) console.warn(`skipped: ${reason}`);
    else cluster = await startCluster({ major });
  });

  after(() => cluster?.dispose());

  test("is given up: SIGTERM ends a run within seconds, and so does the lock", LIMIT, async () => {
    if (reason !== undefined) return;
    const host = (await startFarHost(cluster))!;
    try {
      const product = await newProduct(cluster, [{ up: "SELECT pg_sleep(100)" }]);
      const url = host.url(product.postgres);
      const args = ["up", "--migrations", product.directory, "--database-url", url];
      const first = startMigrator(args, { timeout: 120_000 });
      await runningBackend(product, "pg_sleep(100)");
      host.vanish();
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
      host.close();
    }
  });
});

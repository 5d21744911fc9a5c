import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, startCluster } from "../../support/cluster.ts";
import { startMigrator } from "../../support/command.ts";
import { newProduct } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };
const major = majors.at(-1)!;

describe(`a commit that waits for a standby, on PostgreSQL ${major}`, () => {
  test("is reported by who waits for it, and by who waits for the lock", LIMIT, async () => {
    const cluster = await startCluster({
      major,
      settings: { synchronous_standby_names: "nobody", synchronous_commit: "local" },
    });
    try {
      const product = await newProduct(cluster, [{ up: "CREATE TABLE a ()" }]);
      await product.sql(`ALTER DATABASE ${product.postgres} SET synchronous_commit = on`);
      const first = startMigrator(["up", ...product.args], { timeout: 60_000 });
      await first.printed(/app: a commit has waited \d+ s for a standby to confirm it/);
      const second = startMigrator(["up", ...product.args], { timeout: 60_000 });
      await second.printed(/held by migrator.*whose commit waits for a standby/);
      second.kill("SIGTERM");
      first.kill("SIGTERM");
      assert.equal((await second.finished).status, 143);
      const began = performance.now();
      const { status } = await first.finished;
      assert.equal(status, 143);
      assert.ok(performance.now() - began < 15_000);
    } finally {
      await cluster.dispose();
    }
  });
});

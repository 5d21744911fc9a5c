import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Cluster, majors, startCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { newProduct } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };

for (const major of majors) {
  describe(`the server's log, on PostgreSQL ${major}`, () => {
    let cluster: Cluster;
    before(async () => {
      cluster = await startCluster({ major });
    });
    after(() => cluster.dispose());

    /** What is logged as an error while `work` is done. */
    const errorsDuring = async (work: () => Promise<unknown>) => {
      const before = (await cluster.log()).length;
      await work();
      const lines = (await cluster.log()).slice(before).split("\n");
      return lines.filter((line) => /\b(ERROR|FATAL|WARNING|PANIC):/.test(line));
    };

    test("has no error of a healthy first run, nor of looks before it", LIMIT, async () => {
      const product = await newProduct(cluster, [
        { up: "CREATE TABLE a ()" },
        { up: "CREATE TABLE b (); SELECT 1" },
      ]);
      const errors = await errorsDuring(async () => {
        for (const command of ["status", "plan", "doctor", "lock", "up", "status", "up"]) {
          await runMigrator([command, ...product.args]);
        }
      });
      assert.deepEqual(errors, []);
    });
  });
}

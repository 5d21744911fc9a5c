import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { startMigrator } from "../../support/command.ts";
import { startFreezingProxy } from "../../support/freezing_proxy.ts";
import { newProduct } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };
const major = majors.at(-1)!;

describe(`a worker on a network that loses everything, on PostgreSQL ${major}`, () => {
  test("cancels 5 s after SIGTERM, and closes its connection after 7", LIMIT, async () => {
    const server = await sharedCluster(major);
    const product = await newProduct(server, [
      { up: "CREATE TABLE rows (id int PRIMARY KEY, a int); INSERT INTO rows VALUES (1, 1)" },
      {
        up: "SELECT 1",
        yaml: "queues: fill",
        background: {
          fill: "table: public.rows\nsql: UPDATE public.rows SET a = 2 WHERE batch()\n",
        },
      },
    ]);
    await product.run();
    const proxy = await startFreezingProxy(server);
    proxy.freezeAt(/UPDATE public.rows SET a = 2/);
    const url = `${proxy.through(product.url)}&sslmode=disable`;
    const args = ["--migrations", product.directory, "--database-url", url];
    const running = startMigrator(["background", "work", "--forever", ...args]);
    await Promise.race([proxy.frozen, running.finished]);
    const began = performance.now();
    running.kill("SIGTERM");
    const { stderr } = await running.finished;
    const seconds = (performance.now() - began) / 1_000;
    assert.ok(seconds > 4 && seconds < 13, `it took ${seconds} s\n${stderr}`);
    await proxy.close();
  });
});

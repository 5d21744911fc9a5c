import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  connectTo,
  type Coordinates,
  majors,
  sharedCluster,
  startCluster,
} from "../../support/cluster.ts";

for (const major of majors) {
  describe(`a cluster of PostgreSQL ${major}`, () => {
    test("is of the major asked for, and commits synchronously", async () => {
      const server = await sharedCluster(major);
      const [row] = await server.sql(
        "postgres",
        `SELECT current_setting('server_version_num')::int / 10000 AS major,
          current_setting('synchronous_commit') AS commit,
          current_setting('server_encoding') AS encoding`,
      );
      assert.deepEqual({ ...row }, { major, commit: "on", encoding: "UTF8" });
    });

    test("makes databases that are empty and do not know one another", async () => {
      const server = await sharedCluster(major);
      const [one, two] = await Promise.all([server.createDatabase(), server.createDatabase()]);
      await server.sql(one, "CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
      assert.deepEqual(await server.sql(one, "SELECT a FROM t"), [{ a: 1 }]);
      await assert.rejects(server.sql(two, "SELECT a FROM t"), /relation "t" does not exist/);
    });
  });
}

describe("a cluster of one's own", () => {
  const major = majors[0] ?? 18;
  const cluster = startCluster({ major, settings: { max_connections: "17" } });
  after(async () => (await cluster).dispose());

  test("obeys its settings", async () => {
    const server = await cluster;
    assert.deepEqual(await server.sql("postgres", "SHOW max_connections"), [
      { max_connections: "17" },
    ]);
  });

  for (const mode of ["fast", "immediate"] as const) {
    test(`keeps its port and its data over a ${mode} stop`, async () => {
      const server = await cluster;
      const name = await server.createDatabase();
      await server.sql(name, "CREATE TABLE kept (a int)");
      await server.stop(mode);
      await assert.rejects(server.sql(name, "SELECT 1"), /ECONNREFUSED/);
      await server.start();
      assert.deepEqual(await server.sql(name, "SELECT a FROM kept"), []);
    });
  }

  test("without TCP is reached by its socket, and leaves nothing behind", async () => {
    const server = await startCluster({ major, tcp: false });
    assert.deepEqual(await server.sql("postgres", "SHOW listen_addresses"), [
      { listen_addresses: "" },
    ]);
    assert.ok(existsSync(server.dataDirectory));
    await server.dispose();
    assert.ok(!existsSync(dirname(server.dataDirectory)));
  });

  test("does not outlive the process that started it, however that ends", async () => {
    const script = fileURLToPath(new URL("abandoned_cluster.ts", import.meta.url));
    const args = "deno" in process.versions ? ["run", "-A", script] : ["run", script];
    const owner = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(owner.stdout, "data");
    const server = connectTo(JSON.parse(String(line)) as Coordinates);
    await server.sql("postgres", "SELECT 1");
    owner.kill("SIGKILL");
    const home = dirname(server.dataDirectory);
    for (let tries = 0; existsSync(home) && tries < 500; tries++) await sleep(20);
    assert.ok(!existsSync(home));
    await assert.rejects(server.sql("postgres", "SELECT 1"), /ECONNREFUSED/);
  });
});

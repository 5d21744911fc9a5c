import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import {
  eventually,
  lockBackend,
  newProduct,
  type Product,
  runningBackend,
} from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

/** What `migrator lock --json` says of the only database. */
async function lockOf(product: Product, url = product.url): Promise<Standing> {
  const args = ["--migrations", product.directory, "--database-url", url];
  const finished = await runMigrator(["lock", "--json", ...args]);
  assert.equal(finished.status, 0, finished.stdout + finished.stderr);
  return finished.json()[0] as unknown as Standing;
}

interface Standing {
  readonly held: boolean;
  readonly holder: Record<string, unknown> | null;
  readonly worker: Record<string, unknown> | null;
  readonly migration: unknown;
  readonly blockers: readonly Record<string, unknown>[];
  readonly waiters: readonly Record<string, unknown>[];
  readonly silent_seconds: number | null;
  readonly to_end: string | null;
}

for (const major of majors) {
  describe(`the lock command, on PostgreSQL ${major}`, () => {
    test("says that the lock is free, and makes nothing", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [{ up: "SELECT 1" }]);
      const { status, stdout } = await runMigrator(["lock", ...product.args]);
      assert.equal(status, 0);
      assert.match(stdout, /^app on postgres:.*\n {2}free\n$/);
      const { held, holder, waiters, to_end } = await lockOf(product);
      assert.deepEqual({ held, holder, waiters, to_end }, {
        held: false,
        holder: null,
        waiters: [],
        to_end: null,
      });
      const [schema] = await product.sql("SELECT to_regnamespace('migrator') AS s");
      assert.equal(schema?.["s"], null);
    });

    test("says who holds it, with what, in whose way, and who waits", LIMIT, async () => {
      const before = { up: "CREATE TABLE t ()" };
      const product = await newProduct(await sharedCluster(major), [before]);
      await product.run();
      product.rewrite([before, { up: "ALTER TABLE t ADD a text DEFAULT 'secret'", version: 77 }]);
      const reader = product.sql("BEGIN; SELECT FROM t; SELECT pg_sleep(40); COMMIT");
      reader.catch(() => {});
      const pid = await runningBackend(product, "pg_sleep(40)");
      const up = ["up", "--lock-timeout", "35s", ...product.args];
      const [first, second] = [startMigrator(up), startMigrator(up)];
      await runningBackend(product, "ALTER TABLE t");
      let standing = await lockOf(product);
      await eventually(async () => {
        standing = await lockOf(product);
        return standing.waiters.length === 1 && standing.migration !== null;
      }, { what: "a waiter" });
      const holder = await lockBackend(product);
      const { stdout } = await runMigrator(["lock", ...product.args]);
      await product.sql(`SELECT pg_terminate_backend(${pid})`);
      assert.equal(standing.held, true);
      assert.equal(standing.holder?.["pid"], String(holder));
      assert.equal(standing.holder?.["state"], "idle in transaction");
      assert.deepEqual(standing.migration, { direction: "up", version: "77" });
      assert.equal(standing.worker?.["state"], "active");
      assert.equal(standing.worker?.["query"], "ALTER TABLE t ADD a text DEFAULT ?");
      assert.deepEqual(standing.blockers.map((one) => one["pid"]), [String(pid)]);
      assert.equal(standing.silent_seconds, 0);
      assert.equal(
        standing.to_end,
        `SELECT pg_terminate_backend(${holder}), pg_terminate_backend(${standing.worker?.["pid"]})`,
      );
      assert.ok(
        stdout.includes(`held by pid ${holder} (migrator up app 77, role postgres`),
        stdout,
      );
      assert.match(stdout, /running: up 77/);
      assert.match(stdout, /which waits for\n.* pid \d+ \(.*has public\.t/);
      assert.match(stdout, /waiting: 1\n {4}pid \d+ \(migrator app \(lock\)/);
      assert.ok(stdout.includes(standing.to_end!));
      assert.equal((await first.finished).status, 0);
      assert.equal((await second.finished).status, 0);
      assert.equal((await lockOf(product)).held, false);
    });
  });
}

describe("the lock command", () => {
  test("tells of a session that a killed runner has left", LIMIT, async () => {
    // As an earlier run's: the server looks after its client only while it may.
    const product = await newProduct(await sharedCluster(majors[0]!), [{ up: "SELECT 1" }]);
    const left = product.sql("SET application_name = 'migrator app'; SELECT pg_sleep(40)");
    left.catch(() => {});
    const pid = await runningBackend(product, "pg_sleep(40)");
    const { stdout, status } = await runMigrator(["lock", ...product.args]);
    await product.sql(`SELECT pg_terminate_backend(${pid})`);
    assert.equal(status, 0);
    assert.match(stdout, /free, but a session of an earlier run is left/);
    assert.ok(stdout.includes(`to end it: SELECT pg_terminate_backend(${pid})`), stdout);
  });

  test("needs no rights", LIMIT, async () => {
    const server = await sharedCluster(majors[0]!);
    const product = await newProduct(server, [{ up: "SELECT pg_sleep(40)" }]);
    await product.sql(`CREATE ROLE r_${product.postgres} LOGIN`);
    const running = startMigrator(["up", ...product.args]);
    const pid = await runningBackend(product, "pg_sleep(40)");
    const url = server.url(product.postgres).replace("//postgres@", `//r_${product.postgres}@`);
    const standing = await lockOf(product, url);
    await product.sql(`SELECT pg_cancel_backend(${pid})`);
    assert.equal((await running.finished).status, 7);
    assert.equal(standing.held, true);
    assert.equal(standing.holder?.["role"], "postgres");
    assert.equal(standing.worker?.["query"], null);
    assert.equal(standing.silent_seconds, null);
  });

  test("has nothing to say of embedded PostgreSQL but that it is free", LIMIT, async () => {
    const product = await newProduct(await sharedCluster(majors[0]!), [{ up: "SELECT 1" }]);
    assert.equal((await lockOf(product, "pglite:memory")).held, false);
  });
});

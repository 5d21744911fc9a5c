import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { describeCatalog } from "../../support/catalog.ts";
import { majors, sharedCluster, startCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import {
  eventually,
  failureOf,
  lockBackend,
  newProduct,
  type Product,
  runningBackend,
} from "../../support/harness.ts";
import { holdOpen } from "../../support/hold_open.ts";

const LIMIT = { timeout: 60_000 };

const found = async (product: Product, ...tables: readonly string[]) => {
  const [row] = await product.sql(
    `SELECT ${tables.map((name) => `to_regclass('${name}') IS NOT NULL AS ${name}`).join(", ")}`,
  );
  return { ...row };
};

/** What one message of these statements leaves on the server, without migrator. */
async function sentAsOneMessage(sql: string, major: typeof majors[number]): Promise<string> {
  const product = await newProduct(await sharedCluster(major), []);
  await product.sql(sql);
  return await describeCatalog(product.sql, { schemas: ["public"] });
}

/** Files as they were shipped: what one message of them does, they do. */
const SHIPPED: Readonly<Record<string, string>> = {
  "two transactions": "BEGIN; CREATE TABLE a (); COMMIT; BEGIN; CREATE TABLE b (); END;",
  "a lone COMMIT": "CREATE TABLE a (); COMMIT; CREATE TABLE b ();",
  "a lone ROLLBACK": "CREATE TABLE a (); ROLLBACK; CREATE TABLE b ();",
  "one that is rolled back": "BEGIN; CREATE TABLE a (); ROLLBACK; CREATE TABLE b ();",
  "a BEGIN behind statements": "CREATE TABLE a (); BEGIN; CREATE TABLE b (); ROLLBACK;",
  "settings that outlive one": "CREATE SCHEMA s; BEGIN; SET search_path = public; COMMIT; " +
    "BEGIN; CREATE TABLE a (); SET LOCAL search_path = s; COMMIT; CREATE TABLE b ();",
  "savepoints":
    "BEGIN; CREATE TABLE a (); SAVEPOINT p; CREATE TABLE b (); ROLLBACK TO p; COMMIT; " +
    "CREATE TABLE c ();",
};

for (const major of majors) {
  describe(`a file with transactions of its own, on PostgreSQL ${major}`, () => {
    for (const [name, up] of Object.entries(SHIPPED)) {
      test(`does what one message of it does: ${name}`, LIMIT, async () => {
        const product = await newProduct(await sharedCluster(major), [{ up }, { up: "SELECT 1" }]);
        await product.run();
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up t"]);
        assert.equal(
          await describeCatalog(product.sql, { schemas: ["public"] }),
          await sentAsOneMessage(up, major),
        );
      });
    }

    const pair = [{
      up: "BEGIN;\nCREATE TABLE a (i int);\nINSERT INTO a VALUES (1);\nCOMMIT;\n" +
        "BEGIN;\nCREATE TABLE b ();\nSELECT 1 / (SELECT count(*) FROM a WHERE i = 2);\nCOMMIT;\n" +
        "CREATE TABLE c ();",
    }];

    test("keeps what it committed, names the statement, and goes on by repair", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), pair);
      const failed = await runMigrator(["up", ...product.args]);
      assert.equal(failed.status, 7, failed.stderr);
      assert.match(failed.stderr, /up\.sql:7:1, statement 4 of 5: division by zero/);
      assert.match(
        failed.stderr,
        /what it did before its transaction, which was rolled back, stands/,
      );
      assert.deepEqual(await found(product, "a", "b", "c"), { a: true, b: false, c: false });
      const [row] = await product.sql("SELECT statements_done FROM migrator.dirty");
      assert.deepEqual({ ...row }, { statements_done: 2 });

      const look = await runMigrator(["repair", "1", "--dry-run", ...product.args]);
      assert.match(look.stdout, /The transaction of statements 3 to 4 of 5 failed/);
      await product.sql("INSERT INTO a VALUES (2)");
      const repaired = await runMigrator(["repair", "1", "--continue", ...product.args]);
      assert.equal(repaired.status, 0, repaired.stderr);
      assert.deepEqual(await found(product, "a", "b", "c"), { a: true, b: true, c: true });
      assert.equal((await product.sql("SELECT FROM a")).length, 2);
    });

    test("is pending again when its first transaction fails", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "BEGIN; CREATE TABLE a (); SELECT 1 / (SELECT 0); COMMIT; CREATE TABLE b ();" },
      ]);
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "sql/statement-failed");
      assert.match(failure.hint!, /Nothing of it is in the database/);
      assert.deepEqual(await found(product, "a", "b"), { a: false, b: false });
      product.rewrite([{ up: "CREATE TABLE b ();" }]);
      assert.equal((await product.run()).done.length, 1);
    });

    test("does each transaction once, though its process is killed in one", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        {
          up: "CREATE TABLE speed (seconds int); INSERT INTO speed VALUES (60); CREATE TABLE n ()",
        },
        {
          up: "BEGIN; ALTER TABLE n ADD i int; INSERT INTO n VALUES (1); COMMIT; " +
            "BEGIN; INSERT INTO n VALUES (2); SELECT pg_sleep(seconds) FROM speed; COMMIT; " +
            "INSERT INTO n VALUES (3);",
        },
      ]);
      const running = startMigrator(["up", ...product.args]);
      const backend = await runningBackend(product, "pg_sleep(seconds)");
      running.kill("SIGKILL");
      await running.finished;
      await product.sql(`SELECT pg_terminate_backend(${backend})`);
      await product.sql("UPDATE speed SET seconds = 0");
      await eventually(async () => {
        const { status } = await runMigrator(["repair", "2", "--continue", ...product.args]);
        return status === 0;
      }, { what: "the repair" });
      const rows = await product.sql("SELECT i FROM n ORDER BY i");
      assert.deepEqual(rows.map(({ i }) => i), [1, 2, 3]);
    });

    test("runs in the isolation that it asks for", LIMIT, async () => {
      const probe = (level: string) =>
        `CREATE TABLE ${level} AS SELECT current_setting('transaction_isolation') AS level`;
      const product = await newProduct(await sharedCluster(major), [
        { up: `BEGIN ISOLATION LEVEL SERIALIZABLE; ${probe("a")}; COMMIT` },
        { up: `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; ${probe("b")}` },
        { up: probe("c") },
      ]);
      await product.run();
      const rows = await product.sql(
        "SELECT a.level AS a, b.level AS b, c.level AS c FROM a, b, c",
      );
      assert.deepEqual(rows.map((row) => ({ ...row })), [
        { a: "serializable", b: "repeatable read", c: "read committed" },
      ]);
    });

    test("waits no longer for a table than it may, and tries again", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE a ()" },
        { up: "BEGIN; CREATE TABLE b (); ALTER TABLE a ADD i int; COMMIT; CREATE TABLE c ();" },
      ]);
      const { planUp } = await import("../../../src/plan/up.ts");
      await product.run({ plan: (input) => planUp(input, [1n]) });
      const reader = await holdOpen(product, "SELECT FROM a");
      let retries = 0;
      await product.run({
        lockTimeout: 100,
        report: (event) => {
          if (event.type === "retrying" && retries++ === 0) void reader.release();
        },
      });
      assert.ok(retries > 0);
      assert.deepEqual(await found(product, "b", "c"), { b: true, c: true });
    });

    for (const modes of ["", "ISOLATION LEVEL REPEATABLE READ"]) {
      test(`commits nothing after another run has begun: BEGIN ${modes}`, LIMIT, async () => {
        const product = await newProduct(await sharedCluster(major), [{
          up:
            `CREATE TABLE a (); COMMIT; BEGIN ${modes}; CREATE TABLE b (); SELECT pg_sleep(1); COMMIT;`,
        }]);
        const ended = failureOf(product.run());
        await runningBackend(product, "pg_sleep(1)");
        await product.sql("UPDATE migrator.databases SET fence = fence + 1");
        const failure = await ended;
        assert.equal(failure.code, "lock/fenced");
        assert.deepEqual(await found(product, "a", "b"), { a: true, b: false });
      });
    }
  });
}

describe("a process that was stopped in a transaction of the file", () => {
  test("commits nothing once another run has taken over", LIMIT, async () => {
    const product = await newProduct(await sharedCluster(majors[0]!), [
      { up: "BEGIN ISOLATION LEVEL SERIALIZABLE; CREATE TABLE a (); SELECT pg_sleep(1); COMMIT" },
    ]);
    const stopped = startMigrator(["up", ...product.args]);
    await runningBackend(product, "pg_sleep(1)");
    process.kill(stopped.pid, "SIGSTOP");
    try {
      // What a runner does that takes over.
      await product.sql(`SELECT pg_terminate_backend(${await lockBackend(product)});
        UPDATE migrator.databases SET fence = fence + 1`);
      await eventually(async () => {
        const rows = await product.sql(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
            AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()`,
        );
        return rows.length === 0;
      }, { what: "the end of the statement" });
    } finally {
      process.kill(stopped.pid, "SIGCONT");
    }
    const { status, stderr } = await stopped.finished;
    assert.equal(status, 6, stderr);
    assert.deepEqual(await found(product, "a"), { a: false });
  });
});

describe("a function that must come before any write", () => {
  test("creates its replication slot", LIMIT, async () => {
    const cluster = await startCluster({ major: majors[0]!, settings: { wal_level: "logical" } });
    try {
      const product = await newProduct(cluster, [
        { up: "CREATE TABLE a ()" },
        { up: "SELECT pg_create_logical_replication_slot('slot', 'pgoutput')" },
      ]);
      await product.run();
      assert.equal((await product.sql("SELECT FROM pg_replication_slots")).length, 1);
    } finally {
      await cluster.dispose();
    }
  });
});

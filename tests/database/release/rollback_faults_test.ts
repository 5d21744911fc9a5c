import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { newest, sharedCluster } from "../../support/cluster.ts";
import { startMigrator } from "../../support/command.ts";
import { eventually, type Written } from "../../support/harness.ts";
import { newInstallation, release, table } from "../../support/releases.ts";

const LIMIT = { timeout: 120_000 };

const older = release([table(1)]);

/** Each way back takes a moment, so that a test can interrupt it. */
const slow = (version: number): Written =>
  table(version, { down: `DROP TABLE t${version}; SELECT pg_sleep(0.2)` });

const newer = release([table(1), ...[2, 3, 4, 5, 6, 7, 8].map(slow), {
  version: 9,
  up: "CREATE INDEX CONCURRENTLY i9 ON t1 (id)",
  down: "DROP INDEX CONCURRENTLY i9",
  yaml: "createIndexConcurrently: true",
}, table(10)]);

describe("a rollback", () => {
  test("that is killed in the middle is simply run again", LIMIT, async () => {
    const at = await newInstallation(await sharedCluster(newest));
    await at.command(older, "up");
    const schema = await at.schema();
    await at.command(newer, "up");
    const left = async () =>
      (await at.sql("SELECT FROM pg_class WHERE relname ~ '^t[0-9]+$'")).length;
    let kills = 0;
    // The server finishes what it had received, so each kill may be followed by more than one step.
    for (let before = await left(); before > 2; before = await left()) {
      const running = startMigrator(["rollback", "--migrations", older, "--database-url", at.url]);
      await Promise.race([
        eventually(async () => await left() < before, { what: "a migration is taken back" }),
        running.finished,
      ]);
      running.kill("SIGKILL");
      if ((await running.finished).signal === "SIGKILL") kills++;
    }
    assert.ok(kills >= 1, `it was killed ${kills} times`);
    await at.command(older, "rollback");
    assert.equal(await at.schema(), schema);
    assert.match(await at.command(older, "status"), /1 applied/);
  });

  test("is done once when two are started together", LIMIT, async () => {
    const at = await newInstallation(await sharedCluster(newest));
    await at.command(older, "up");
    const schema = await at.schema();
    await at.command(newer, "up");
    const two = await Promise.all([
      at.command(older, "rollback --json"),
      at.command(older, "rollback --json"),
    ]);
    assert.equal(await at.schema(), schema);
    const steps = two.map((text) => JSON.parse(text.trim().split("\n").at(-1)!).steps);
    assert.deepEqual(steps.sort(), [0, 9]);
    const downs = await at.sql(
      "SELECT version FROM migrator.migration_logs WHERE direction = 'down'",
    );
    assert.equal(downs.length, 9);
  });

  test("takes over what the newer executable left half-done", LIMIT, async () => {
    const at = await newInstallation(await sharedCluster(newest));
    await at.command(older, "up");
    const schema = await at.schema();
    await at.command(newer, "up --target 8");
    const holder = at.sql("BEGIN; INSERT INTO t1 VALUES (1); SELECT pg_sleep(3); ROLLBACK");
    const running = startMigrator(["up", "--migrations", newer, "--database-url", at.url]);
    await eventually(
      async () => (await at.sql("SELECT FROM pg_class WHERE relname = 'i9'")).length > 0,
      { what: "the index is being built" },
    );
    running.kill("SIGKILL");
    await running.finished;
    await holder;
    await at.command(older, "rollback");
    assert.equal(await at.schema(), schema);
  });

  test("is interrupted between databases, and the next run does the rest", LIMIT, async () => {
    const at = await newInstallation(await sharedCluster(newest));
    await at.command(newer, "up");
    await at.sql("INSERT INTO t1 SELECT generate_series(1, 10)");
    const running = startMigrator(["rollback", "--migrations", older, "--database-url", at.url]);
    await running.printed(/down 8/);
    running.kill("SIGTERM");
    const { status } = await running.finished;
    assert.equal(status, 143);
    await at.command(older, "rollback");
    assert.deepEqual(await at.sql("SELECT count(*) FROM t1"), [{ count: "10" }]);
  });
});

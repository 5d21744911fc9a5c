import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { newest, sharedCluster } from "../../support/cluster.ts";
import { startMigrator } from "../../support/command.ts";
import { eventually, type Written } from "../../support/harness.ts";
import { holdOpen } from "../../support/hold_open.ts";
import { newInstallation, release } from "../../support/releases.ts";

const LIMIT = { timeout: 180_000 };

const TABLE: Written = {
  version: 1,
  up: "CREATE TABLE rows (id bigint PRIMARY KEY, n int NOT NULL DEFAULT 0); " +
    "INSERT INTO rows SELECT generate_series(1, 300)",
  down: "DROP TABLE rows",
};

/** Adds one to each row; without a `down` unless it is given. */
function adds(down = ""): string {
  return `table: rows
sql: UPDATE rows SET n = n + 1 WHERE batch()
${down}batchSize: 10
subBatchSize: 10
maxBatchSize: 10
pause: 20ms
`;
}

const DOWN = "down: UPDATE rows SET n = n - 1 WHERE batch() AND n > 0\n";

function queues(yaml: string, more: Partial<Written> = {}): Written {
  return {
    version: 2,
    up: "",
    down: "",
    yaml: "queues: [add]",
    background: { add: yaml },
    ...more,
  };
}

const older = release([TABLE]);

/**
 * An installation in which a worker has begun, and waits.
 *
 * @param changedRow What is true of a row that it has changed.
 */
async function halfDone(newer: string, changedRow = "n > 0") {
  const at = await newInstallation(await sharedCluster(newest));
  await at.command(newer, "up");
  const schemaBefore = await at.schema();
  // The worker comes no further than to this row.
  const holder = await holdOpen(at, "SELECT FROM rows WHERE id = 100 FOR UPDATE");
  const worker = startMigrator(
    ["background", "work", "--migrations", newer, "--database-url", at.url],
  );
  const changed = async () =>
    Number((await at.sql(`SELECT count(*) AS n FROM rows WHERE ${changedRow}`))[0]!["n"]);
  await eventually(async () => await changed() > 20, { what: "some rows are changed" });
  return { ...at, schemaBefore, worker, changed, holder };
}

describe("a rollback over a half-done batched migration", () => {
  test(
    "stops it, undoes it, and leaves the newer release's worker with nothing to do",
    LIMIT,
    async () => {
      const at = await halfDone(release([TABLE, queues(adds(DOWN))]));
      try {
        const printed = await at.command(older, "rollback --dry-run");
        assert.match(printed, /batched: add is active; its `down` runs to the end before 2\s+is/);
        await at.holder.release();
        await at.command(older, "rollback");
        assert.equal(await at.changed(), 0);
        assert.deepEqual(
          await at.sql("SELECT DISTINCT status FROM migrator.batched_background_migrations"),
          [{ status: 2 }],
        );
        assert.match(await at.command(older, "status"), /1 applied/);
      } finally {
        at.worker.kill("SIGTERM");
        await at.worker.finished;
      }
      // It has changed nothing after the rollback had ended, though it ran all the time.
      assert.equal(await at.changed(), 0);
    },
  );

  test("is refused where it has no way back, unless its rows may stay", LIMIT, async () => {
    const at = await halfDone(release([TABLE, queues(adds())]));
    at.worker.kill("SIGTERM");
    await at.worker.finished;
    await at.holder.release();
    const before = await at.changed();
    const refused = await at.command(older, "rollback", { exit: 8 });
    assert.match(refused, /background\/half-done/);
    assert.match(refused, /migrator rollback --abandon add/);
    assert.match(await at.command(older, "rollback --dry-run", { exit: 8 }), /cannot: .*add/s);
    assert.match(
      await at.command(older, "rollback --abandon add --dry-run"),
      /as --abandon\s+says/,
    );
    await at.command(older, "rollback --abandon add");
    assert.equal(await at.changed(), before);
    assert.match(await at.command(older, "status"), /1 applied/);
  });

  test("needs no way back where all that it has written is dropped", LIMIT, async () => {
    const yaml = adds().replace("SET n = n + 1", "SET m = 1").replace("n >", "m >");
    const newer = release([
      TABLE,
      queues(yaml, {
        up: "ALTER TABLE rows ADD m int",
        down: "ALTER TABLE rows DROP COLUMN m",
      }),
    ]);
    const at = await halfDone(newer, "m > 0");
    const printed = await at.command(older, "rollback --dry-run");
    assert.match(printed, /batched: add is active; all that it has written is\s+dropped/);
    await at.holder.release();
    await at.command(older, "rollback");
    // It ends by itself: with nothing left to do, or because the rollback had paused its work.
    const { status, stderr } = await at.worker.finished;
    assert.ok(status === 0 || status === 8, `${status}: ${stderr}`);
    assert.doesNotMatch(stderr, /42703|failed/);
    await at.command(newer, "up");
    assert.equal(await at.schema(), at.schemaBefore);
  });

  test("goes on where a killed rollback has stopped", LIMIT, async () => {
    const at = await halfDone(release([TABLE, queues(adds(DOWN))]));
    at.worker.kill("SIGTERM");
    await at.worker.finished;
    await at.holder.release();
    const before = await at.changed();
    // The second sub-batch of the way back waits for this row.
    const holder = await holdOpen(at, "SELECT FROM rows WHERE id = 15 FOR UPDATE");
    const killed = startMigrator(
      ["rollback", "--migrations", older, "--database-url", at.url],
    );
    await eventually(async () => {
      const changed = await at.changed();
      return changed > 0 && changed < before;
    }, { what: "the way back is under way" });
    killed.kill("SIGKILL");
    await killed.finished;
    await holder.release();
    assert.ok(await at.changed() > 0, "it was killed too late");
    await at.command(older, "rollback");
    assert.equal(await at.changed(), 0);
    const generations = await at.sql(
      "SELECT count(*) AS n FROM migrator.batched_background_migrations",
    );
    assert.deepEqual(generations, [{ n: "2" }], "the second run began the way back anew");
  });

  test("keeps the queueing of a migration that stays", LIMIT, async () => {
    const newer = release([
      TABLE,
      queues(adds(DOWN)),
      { version: 3, up: "", down: "", yaml: "queues: [add]" },
    ]);
    const at = await newInstallation(await sharedCluster(newest));
    await at.command(newer, "up --target 2");
    await at.command(newer, "background finalize add");
    await at.command(newer, "up");
    await at.command(newer, "background finalize add");
    const middle = release([TABLE, queues(adds(DOWN))]);
    assert.match(
      await at.command(middle, "rollback --dry-run"),
      /batched: add stays queued by another migration/,
    );
    await at.command(middle, "rollback");
    assert.deepEqual(await at.sql("SELECT DISTINCT n FROM rows"), [{ n: 2 }]);
    await at.command(older, "rollback");
    assert.deepEqual(await at.sql("SELECT DISTINCT n FROM rows"), [{ n: 1 }]);
  });
});

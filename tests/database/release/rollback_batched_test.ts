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

/** So long a pause that a command looks, or is killed, before all is done. */
const SLOW = "250ms";

/** Adds one to each row; without a `down` unless it is given. */
function adds(down = "", pause = "20ms"): string {
  return `table: rows
sql: UPDATE rows SET n = n + 1 WHERE batch()
${down}batchSize: 10
subBatchSize: 10
maxBatchSize: 10
pause: ${pause}
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

async function halfDone(newer: string) {
  const at = await newInstallation(await sharedCluster(newest));
  await at.command(newer, "up");
  // The worker comes no further than to this row.
  const holder = await holdOpen(at, "SELECT FROM rows WHERE id = 100 FOR UPDATE");
  const worker = startMigrator(
    ["background", "work", "--migrations", newer, "--database-url", at.url],
  );
  const changed = async () =>
    Number((await at.sql("SELECT count(*) AS n FROM rows WHERE n > 0"))[0]!["n"]);
  await eventually(async () => await changed() > 20, { what: "some rows are changed" });
  return { ...at, worker, changed, holder };
}

describe("a rollback over a half-done batched migration", () => {
  test(
    "stops it, undoes it, and leaves the newer release's worker with nothing to do",
    LIMIT,
    async () => {
      const at = await halfDone(release([TABLE, queues(adds(DOWN, SLOW))]));
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
    const at = await halfDone(release([TABLE, queues(adds("", SLOW))]));
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
    const yaml = adds("", SLOW).replace("SET n = n + 1", "SET m = 1").replace("n >", "m >");
    const newer = release([
      TABLE,
      queues(yaml, {
        up: "ALTER TABLE rows ADD m int",
        down: "ALTER TABLE rows DROP COLUMN m",
      }),
    ]);
    const at = await newInstallation(await sharedCluster(newest));
    await at.command(newer, "up");
    const schema = await at.schema();
    const worker = startMigrator(
      ["background", "work", "--migrations", newer, "--database-url", at.url],
    );
    await eventually(
      async () => Number((await at.sql("SELECT count(m) AS n FROM rows"))[0]!["n"]) > 20,
      { what: "some rows are changed" },
    );
    const printed = await at.command(older, "rollback --dry-run");
    assert.match(printed, /batched: add is active; all that it has written is\s+dropped/);
    await at.command(older, "rollback");
    worker.kill("SIGTERM");
    const { status, stderr } = await worker.finished;
    // It may have ended by itself: with nothing left to do, or when the rollback had paused its work.
    assert.ok(status === 143 || status === 0 || status === 8, stderr);
    assert.doesNotMatch(stderr, /42703|failed/);
    await at.command(newer, "up");
    assert.equal(await at.schema(), schema);
  });

  test("goes on where a killed rollback has stopped", LIMIT, async () => {
    const at = await halfDone(release([TABLE, queues(adds(DOWN, SLOW))]));
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

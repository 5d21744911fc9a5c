import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { newProduct, type Product, sleep } from "../support/harness.ts";
import { majors, sharedCluster } from "../support/cluster.ts";
import { type Finished, runMigrator, startMigrator } from "../support/command.ts";

/** Not idempotent: a row that is visited twice, or never, shows. */
const COUNT_UP = `table: counted
batchSize: 400
maxBatchSize: 400
subBatchSize: 20
maxSubBatchSize: 20
pause: 0
sql: |
  UPDATE counted AS c SET n = n + 1 FROM pg_sleep(0.05) WHERE batch(c)
`;

const ROWS = 1_200;

const JOBS = "migrator.batched_background_migration_jobs";

describe("operating batched migrations from the command line", { timeout: 180_000 }, () => {
  let product: Product;
  const run = (...args: string[]): Promise<Finished> =>
    runMigrator(["background", ...args, ...product.args]);
  const number = async (query: string) => Number((await product.sql(query))[0]!["value"]);

  before(async () => {
    product = await newProduct(await sharedCluster(majors[0]!), [
      {
        up: "CREATE TABLE counted (id bigint PRIMARY KEY, n int NOT NULL DEFAULT 0); " +
          `INSERT INTO counted SELECT i FROM generate_series(1, ${ROWS}) AS i; ANALYZE counted;`,
        background: { count_up: COUNT_UP },
      },
    ]);
    await product.run();
    await run("queue", "count_up");
  });

  for (const [signal, exit] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
    test(`${signal} finishes the transaction, gives batches back at once, ends with ${exit}`, async () => {
      const working = startMigrator(["background", "work", "--workers", "2", ...product.args]);
      const isUnderWay = async () =>
        await number(`SELECT count(cursor) AS value FROM ${JOBS} WHERE status = 1`) === 2;
      while (!await isUnderWay()) await sleep(20);
      const stopped = performance.now();
      working.kill(signal);
      const { status, stderr } = await working.finished;
      assert.equal(status, exit, stderr);
      assert.match(stderr, new RegExp(`Stopped by ${signal}`));
      assert.ok(performance.now() - stopped < 5_000);
      // Free for anybody, not when a lease expires; and what is done of it is known.
      assert.deepEqual(
        await product.sql(
          `SELECT status, attempts, lease_expires_at IS NULL AS free, count(cursor) AS begun ` +
            `FROM ${JOBS} WHERE status <> 3 GROUP BY 1, 2, 3`,
        ),
        [{ status: 0, attempts: 0, free: true, begun: "2" }],
      );
      assert.equal(await number("SELECT max(n) AS value FROM counted"), 1);
    });
  }

  test("show --watch tells how far it is until it is over, as work does", async () => {
    const watching = startMigrator(["background", "show", "count_up", "--watch", ...product.args]);
    await watching.printed(/^app: count_up: \d+ % waiting for a worker$/m);
    const { status, stdout } = await run("work", "--workers", "2", "--json");
    assert.equal(status, 0, stdout);
    assert.deepEqual(await product.sql("SELECT n, count(*) FROM counted GROUP BY n"), [
      { n: 1, count: String(ROWS) },
    ]);
    const watched = await watching.finished;
    assert.equal(watched.status, 0, watched.stderr);
    assert.match(watched.stdout, /^ {2}state +finished; /m);
    assert.match(watched.stdout, /1,200 of about 1,200 rows looked at, 1,200 changed/);
  });

  test("finalize, and what may not be done any more", async () => {
    const checked = await run("finalize", "count_up", "--mode", "check", "--json");
    assert.equal(checked.status, 0, checked.stdout);
    assert.equal(checked.json().at(-1)?.["status"], "finalized");
    const refused = await run("set", "count_up", "--pause", "1s");
    assert.deepEqual([refused.status, refused.stdout], [8, ""]);
    assert.match(refused.stderr, /requeue count_up/);
  });
});

test("up tells how it finishes one that it needs, and what Ctrl-C has left", async () => {
  const product = await newProduct(await sharedCluster(majors[0]!), [
    {
      up: "CREATE TABLE counted (id bigint PRIMARY KEY, n int NOT NULL DEFAULT 0); " +
        `INSERT INTO counted SELECT i FROM generate_series(1, ${ROWS}) AS i; ANALYZE counted;`,
      background: { count_up: COUNT_UP },
    },
    { up: "", yaml: "queues: [count_up]" },
    { up: "ALTER TABLE counted ADD CHECK (n = 1);", yaml: "finalizes: [count_up]" },
  ]);
  const running = startMigrator(["up", ...product.args]);
  await running.printed(/count_up is finalizing: the rest is done here/);
  const begun = `SELECT count(cursor) AS value FROM ${JOBS}`;
  while (Number((await product.sql(begun))[0]!["value"]) === 0) await sleep(20);
  running.kill("SIGINT");
  const { status, stderr } = await running.finished;
  assert.equal(status, 130, stderr);
  assert.match(stderr, /was not begun; what was done to finish count_up is kept\./);
  // Nothing of it was tried, so nothing of it has failed.
  const { stdout } = await runMigrator(["status", ...product.args]);
  assert.match(stdout, /2 applied, 1 pending\n.*1 active/);
});

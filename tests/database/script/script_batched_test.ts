import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { newProduct, type Product, type Written } from "../../support/harness.ts";
import { everything, NO_PSQL, runPsql, runsWell, scriptFor } from "../../support/psql_script.ts";

const FILL = `table: rows_
batchSize: 10
subBatchSize: 10
pause: 0s
sql: UPDATE rows_ r SET n = 1 WHERE batch(r)
down: UPDATE rows_ r SET n = NULL WHERE batch(r)
`;

const LIST: readonly Written[] = [
  {
    up:
      "CREATE TABLE rows_ (id int PRIMARY KEY, n int); INSERT INTO rows_ SELECT generate_series(1, 30)",
    down: "DROP TABLE rows_",
  },
  { up: "SELECT 1", yaml: "queues: [fill]", background: { fill: FILL } },
  {
    up: "ALTER TABLE rows_ ADD CHECK (n = 1)",
    down: "ALTER TABLE rows_ DROP CONSTRAINT rows__n_check",
    yaml: "finalizes: [fill]",
  },
  { up: "SELECT 1", yaml: "deletes: [fill]" },
];

/** What workers would find, but for times and who did it. */
const background = async ({ sql }: Product) => [
  ...await sql(
    `SELECT job_class_name, status, table_name, column_name, generation, direction, batch_size,
      queued_migration_version, declaration::text, declaration_checksum
    FROM migrator.batched_background_migrations ORDER BY id`,
  ),
  ...await sql(
    `SELECT event, previous_status, next_status, details::text, reason
    FROM migrator.batched_background_migration_events ORDER BY id`,
  ),
];

const migrator = async (product: Product, ...words: string[]) => {
  const { status, stderr } = await runMigrator([...words, ...product.args]);
  assert.equal(status, 0, stderr);
};

for (const major of majors) {
  const server = await sharedCluster(major);
  describe(`a script about batched migrations, on PostgreSQL ${major},`, { skip: NO_PSQL }, () => {
    test("queues, waits for the end, deletes, and takes it all back", async () => {
      const [byTool, byPsql] = [await newProduct(server, LIST), await newProduct(server, LIST)];
      const script = await scriptFor(byPsql, "up");
      await migrator(byTool, "up", "--target", "2");
      const early = await runPsql(script, byPsql.url);
      assert.equal(early.status, 3);
      assert.match(
        early.stderr,
        /Stopped: 3 \(m3\) needs the batched migration fill to be finished[^]*finalize fill --db app/,
      );
      assert.deepEqual(await background(byPsql), await background(byTool));
      for (const product of [byTool, byPsql]) {
        await migrator(product, "background", "work", "--until-done");
      }
      await migrator(byTool, "up");
      await runsWell(script, byPsql.url);
      assert.deepEqual((await byPsql.attempts()).length, 4);

      const down = await scriptFor(byPsql, "down", "4");
      const stopped = await runPsql(down, byPsql.url);
      assert.equal(stopped.status, 3);
      assert.match(stopped.stderr, /before 2 \(m2\) is taken back[^]*\nfill\n/);
      await migrator(byPsql, "background", "requeue", "fill", "--down");
      const unfinished = await runPsql(down, byPsql.url);
      assert.match(unfinished.stderr, /before 2 \(m2\) is taken back/);
      await migrator(byPsql, "background", "work", "--until-done");
      await runsWell(down, byPsql.url);
      const [row] = await byPsql.sql(
        "SELECT count(*)::int AS n FROM migrator.batched_background_migrations WHERE status <> 2",
      );
      assert.equal(row?.["n"], 0);
    });

    test("changes nothing while a worker is at work", async () => {
      const product = await newProduct(server, LIST);
      await migrator(product, "up", "--target", "2");
      const script = await scriptFor(product, "down", "1");
      await product.sql(
        `INSERT INTO migrator.batched_background_migration_jobs (created_at, updated_at, status,
          batched_background_migration_id, batch_size, sub_batch_size, pause_ms, worker, lease_expires_at)
        SELECT now(), now(), 1, id, 1, 1, 0, 'w1', now() + interval '1 hour'
        FROM migrator.batched_background_migrations`,
      );
      const before = await everything(server, product.postgres);
      const { status, stderr } = await runPsql(script, product.url);
      assert.equal(status, 3);
      assert.match(stderr, /Refused: a worker is at work on a batched migration:\nfill, by w1\n/);
      assert.equal(await everything(server, product.postgres), before);
    });
  });
}

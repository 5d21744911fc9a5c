import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { workerOptions } from "../../../src/background/crew/worker_pool.ts";
import { runWorker } from "../../../src/background/worker/worker.ts";
import { planDown } from "../../../src/plan/down.ts";
import { crewOf } from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import {
  connectorTo,
  failureOf,
  interfere,
  newProduct,
  type Product,
  type Written,
} from "../../support/harness.ts";

const FILL = `table: t
arguments: { to: 1 }
key: id
subBatchSize: 10
sql: UPDATE t SET b = argument('to') WHERE batch() AND b IS NULL
`;

const CREATE: Written = {
  up: "CREATE TABLE t (id bigint PRIMARY KEY, b int)",
  down: "DROP TABLE t",
  background: { fill: FILL },
};

const QUEUE: Written = {
  up: "CREATE VIEW v AS SELECT 1",
  down: "DROP VIEW v",
  yaml: "queues: fill",
};
const REQUEUE: Written = { up: "", yaml: "queues: [{ name: fill, arguments: { to: 1 } }]" };
const FINALIZE: Written = { up: "CREATE TABLE after ()", yaml: "finalizes: [fill]" };
const DELETE: Written = { up: "", yaml: "deletes: [fill]" };

/** Each row as `version generation status`, with `>` where another took its place. */
async function rows(product: Product): Promise<string[]> {
  const found = await product.sql(
    `SELECT format('%s %s %s%s', queued_migration_version, generation, status,
      CASE WHEN superseded_by IS NULL THEN '' ELSE ' >' END) AS line
    FROM migrator.batched_background_migrations ORDER BY id`,
  );
  return found.map(({ line }) => String(line));
}

/** Each event as `version event from-to`. */
async function events(product: Product): Promise<string[]> {
  const found = await product.sql(
    `SELECT format('%s %s %s-%s', details->>'migration', event, previous_status, next_status) AS line
    FROM migrator.batched_background_migration_events ORDER BY created_at, event DESC`,
  );
  return found.map(({ line }) => String(line));
}

const setStatus = (product: Product, status: number) =>
  product.sql(`UPDATE migrator.batched_background_migrations SET status = ${status}
    WHERE generation = (SELECT max(generation) FROM migrator.batched_background_migrations)`);

const down = (product: Product, target: bigint) =>
  product.run({
    plan: (input) => planDown(input, { kind: "targets", versions: [target] }),
  });

for (const major of majors) {
  describe(`batched migrations of schema migrations on PostgreSQL ${major}`, () => {
    test(
      "are queued and taken back with the migration that says so, or not at all",
      {},
      async () => {
        const server = await sharedCluster(major);
        const broken = { ...QUEUE, up: "CREATE VIEW v AS SELECT 1 / 0; SELECT 1 / 0" };
        const product = await newProduct(server, [CREATE, broken]);
        await failureOf(product.run());
        assert.deepEqual(await rows(product), []);

        product.rewrite([CREATE, QUEUE, { up: "SELECT 1" }]);
        await product.run();
        const [row] = await product.sql(
          `SELECT table_name, column_name, batch_class_name, job_class_name, batch_size::text,
          sub_batch_size::text, pause_ms::text, "interval"::text, gitlab_schema, direction,
          job_arguments::text, declaration->>'name' AS name, declaration->'sql'->0->>'text' AS sql,
          declaration_checksum = declaration->>'checksum' AS same, started_at IS NOT NULL AS started
        FROM migrator.batched_background_migrations`,
        );
        assert.deepEqual(row, {
          table_name: "t",
          column_name: "id",
          batch_class_name: "KeysetBatchingStrategy",
          job_class_name: "fill",
          batch_size: "100000",
          sub_batch_size: "10",
          pause_ms: "100",
          interval: "0",
          gitlab_schema: "app",
          direction: "up",
          job_arguments: '{"to": 1}',
          name: "fill",
          sql: "UPDATE t SET b = argument('to') WHERE batch() AND b IS NULL",
          same: true,
          started: true,
        });
        const [{ who } = {}] = await product.sql(
          "SELECT who FROM migrator.batched_background_migration_events",
        );
        assert.match(String(who), /.@./);

        await down(product, 1n);
        assert.deepEqual(await rows(product), ["2 1 2"]);
        await product.run();
        assert.deepEqual(await rows(product), ["2 1 2", "2 2 1"]);
        assert.deepEqual(await events(product), ["2 queue -1", "2 delete 1-2", "2 queue -1"]);
      },
    );

    test(
      "are queued anew by a patch, whether the first queueing has run there or not",
      {},
      async () => {
        const server = await sharedCluster(major);
        const apart = await newProduct(server, [CREATE, QUEUE]);
        await apart.run();
        assert.deepEqual(await rows(apart), ["2 1 1"]);
        apart.rewrite([CREATE, QUEUE, REQUEUE]);
        await apart.run();
        const together = await newProduct(server, [CREATE, QUEUE, REQUEUE]);
        await together.run();

        for (const product of [apart, together]) {
          assert.deepEqual(await rows(product), ["2 1 2 >", "3 2 1"]);
        }
        assert.deepEqual(await events(apart), ["2 queue -1", "3 supersede 1-2", "3 queue -1"]);
        assert.deepEqual(await events(together), ["2 waive -2", "3 supersede 1-2", "3 queue -1"]);
        for (const product of [apart, together]) {
          await down(product, 2n);
          assert.deepEqual(await rows(product), ["2 1 1", "3 2 2"]);
          await down(product, 1n);
          assert.deepEqual(await rows(product), ["2 1 2", "3 2 2"]);
        }
      },
    );

    test(
      "are queued all the same when something needs them before they are queued anew",
      {},
      async () => {
        const server = await sharedCluster(major);
        const product = await newProduct(server, [CREATE, QUEUE, FINALIZE, REQUEUE]);
        const failure = await failureOf(product.run());
        assert.equal(failure.code, "background/unfinished");
        assert.deepEqual(await rows(product), ["2 1 1"]);
        await setStatus(product, 3);
        await product.run();
        assert.deepEqual(await rows(product), ["2 1 6", "4 2 1"]);
      },
    );

    test("keep what needs them from being applied until they are finished", {}, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, [CREATE, QUEUE, FINALIZE]);
      for (const [status, word] of [[1, "active"], [0, "paused"], [4, "failed"]] as const) {
        await product.run().catch(() => {});
        await setStatus(product, status);
        const failure = await failureOf(product.run());
        assert.equal(failure.code, "background/unfinished");
        assert.equal(failure.exit, 8);
        assert.match(failure.message, /^Migration 3 \(m3\) of "app" was not run/);
        assert.ok(failure.message.includes(`is ${word}`), failure.message);
        assert.match(failure.place!.file, /up\.sql$/);
      }
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up t"]);

      // Somebody changes its state after it was looked at.
      await setStatus(product, 3);
      const connector = interfere(await connectorTo(product.url), {
        before: async (message) => {
          if (message.includes("batched_migration_is_finished")) await setStatus(product, 4);
        },
      });
      const failure = await failureOf(product.run({ connector }));
      assert.equal(failure.code, "background/unfinished");
      assert.match(failure.message, /changed its state meanwhile/);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up t", "3 up f"]);
      assert.equal((await product.sql("SELECT to_regclass('after')::text AS t"))[0]!["t"], null);

      await setStatus(product, 3);
      await product.run();
      assert.deepEqual(await rows(product), ["2 1 6"]);
      await down(product, 2n);
      assert.deepEqual(await rows(product), ["2 1 6"], "what is done stays done");

      await product.sql("DELETE FROM migrator.batched_background_migrations");
      assert.equal((await failureOf(product.run())).code, "background/unknown");
    });

    test("are brought to their end by the run that needs them", {}, async () => {
      const server = await sharedCluster(major);
      const rowsOfT = {
        up: "INSERT INTO t SELECT g FROM generate_series(1, 35) g",
        background: { fill: FILL.replace("key: id\n", "") },
      };
      const checked = { up: "ALTER TABLE t ALTER b SET NOT NULL", yaml: "finalizes: [fill]" };
      const product = await newProduct(server, [CREATE, rowsOfT, { ...QUEUE, up: "" }, checked]);
      await product.run({ finalize: "run" });
      assert.deepEqual(await rows(product), ["3 1 6"]);
      const columns = "SELECT column_name FROM migrator.batched_background_migrations";
      assert.deepEqual(await product.sql(columns), [{ column_name: "id" }]);
      assert.deepEqual(await product.sql("SELECT count(*)::int AS n FROM t WHERE b = 1"), [{
        n: 35,
      }]);
    });

    test("are not queued for a table that cannot be walked", {}, async () => {
      const server = await sharedCluster(major);
      const keyless = { ...CREATE, up: "CREATE TABLE t (id bigint UNIQUE, b int)" };
      const product = await newProduct(server, [keyless, { up: "", yaml: "queues: fill" }]);
      const failure = await failureOf(product.run());
      assert.match(failure.code, /^background\//);
      assert.deepEqual(await product.attempts(), ["1 up t"]);
      assert.deepEqual(await rows(product), []);
    });

    test("are told of where the migration may be about to mend the table", {}, async () => {
      const server = await sharedCluster(major);
      const keyless = { ...CREATE, up: "CREATE TABLE t (id bigint UNIQUE, b int)" };
      const mends = { up: "ALTER TABLE t ADD PRIMARY KEY (id)", yaml: "queues: fill" };
      const product = await newProduct(server, [keyless, mends]);
      const up = await runMigrator(["up", ...product.args]);
      assert.equal(up.status, 0);
      assert.match(up.stderr, /warning: \w+: fill: .* unless this migration mends that/);
      assert.deepEqual(await rows(product), ["2 1 1"]);
    });

    test("are ended by a migration, and are as they were when it is taken back", {}, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, [CREATE, QUEUE]);
      await product.run();
      await setStatus(product, 0);
      product.rewrite([CREATE, QUEUE, DELETE]);
      await product.run();
      assert.deepEqual(await rows(product), ["2 1 2"]);
      await down(product, 2n);
      assert.deepEqual(await rows(product), ["2 1 0"]);
      assert.deepEqual(await events(product), ["2 queue -1", "3 delete 0-2", "3 restore 2-0"]);
    });

    test("are not queued where another role could change what is run", {}, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, [CREATE, QUEUE]);
      await product.run();
      product.rewrite([CREATE, QUEUE, REQUEUE]);
      const table = "migrator.batched_background_migrations";
      await product.sql(`GRANT UPDATE (declaration) ON ${table} TO PUBLIC`);
      const written = await failureOf(product.run());
      const worker = await failureOf(
        runWorker({
          ...workerOptions(
            crewOf(await connectorTo(product.url), {
              name: { schema: "migrator", database: "app" },
            }),
            1,
          ),
          until: "once",
        }),
      );
      assert.equal(worker.code, "history/untrusted");
      assert.equal(written.code, "history/untrusted");
      assert.match(written.message, /PUBLIC may write migrator\.batched/);
      await product.sql(`REVOKE UPDATE (declaration) ON ${table} FROM PUBLIC`);
      await product.sql(
        `CREATE TRIGGER x BEFORE INSERT ON ${table} EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
      );
      const triggered = await failureOf(product.run());
      assert.equal(triggered.code, "history/untrusted");
      assert.match(triggered.message, /has the trigger x/);
      await product.sql(`DROP TRIGGER x ON ${table}`);
      await product.sql(`ALTER TABLE migrator.batched_background_migration_events SET UNLOGGED`);
      const unlogged = await failureOf(product.run());
      assert.equal(unlogged.code, "history/untrusted");
      assert.match(unlogged.message, /batched_background_migration_events is unlogged/);
      await product.sql(`ALTER TABLE migrator.batched_background_migration_events SET LOGGED`);
      await product.run();
    });
  });
}

test("a dry run and a description name the batched migrations of a migration", {}, async () => {
  const product = await newProduct(await sharedCluster(majors[0]!), [CREATE, QUEUE, FINALIZE]);
  const dry = await runMigrator(["up", "--dry-run", ...product.args]);
  assert.equal(dry.status, 0, dry.stderr);
  assert.match(dry.stdout, /up {3}2 \(m2\) {2}\[queues fill\]\n.*\[finalizes fill\]/);
  const checked = await runMigrator(["up", "--finalize", "check", ...product.args]);
  assert.equal(checked.status, 8, checked.stderr);
  assert.match(checked.stderr, /background\/unfinished.*\n.*next: .*migrator background/s);
  const described = await runMigrator(["describe", "2", ...product.args]);
  assert.match(described.stdout, /^queues: {4}fill$/m);
});

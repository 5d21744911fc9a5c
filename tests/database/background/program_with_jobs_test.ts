import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { defineBatchedMigration } from "../../../src/background/jobs/define_batched_migration.ts";
import { defineBatchingStrategy } from "../../../src/background/jobs/define_batching_strategy.ts";
import type { BatchedJob } from "../../../src/background/jobs/job.ts";
import { startApplication } from "../../support/application.ts";
import { newScene, queue } from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { workWithJobs } from "../../support/jobs.ts";
import { writeMigrations } from "../../support/harness.ts";

const LIMIT = { timeout: 240_000 };

const [major] = majors;

/** Programs that have this job. */
const HASH = `
  const hash = migrator.defineBatchedMigration({
    name: "hash", database: "shop", table: "users", arguments: { salt: "text" }, pause: 0,
    subBatchSize: 7, batchSize: 30, remaining: "SELECT FROM users WHERE hash IS NULL",
    async perform(job) {
      await job.eachSubBatch(async (sub) => {
        for (const { id } of await sub.query\`SELECT id FROM users WHERE \${sub.rows()}\`) {
          await sub.sql\`UPDATE users SET hash = \${job.arguments.salt + id} WHERE id = \${id}\`;
        }
      });
    },
  });`;

const MIGRATIONS = [
  {
    up: "CREATE TABLE users (id bigint PRIMARY KEY, hash text);" +
      "INSERT INTO users SELECT i FROM generate_series(1, 100) AS i",
    down: "DROP TABLE users",
  },
  { up: "", yaml: "queues: [{ name: hash, arguments: { salt: x } }]" },
];

const CHECKED = {
  up: "ALTER TABLE users ALTER hash SET NOT NULL",
  yaml: "finalizes: [{ name: hash, arguments: { salt: x } }]",
};

describe("a program with jobs of its own", () => {
  test("queues them, works on them, and finishes them for migrations", LIMIT, async () => {
    const [first, second] = [MIGRATIONS, [...MIGRATIONS, CHECKED]]
      .map((shop) => writeMigrations({ shop }));
    const program = startApplication(
      `${HASH}
      const run = (migrations, ...argv) => migrator.runCli({
        argv: [...argv, "--migrations", migrations], jobs: [hash],
        environment: { DATABASE_URL: "pglite:memory" },
      });
      const { FIRST, SECOND } = process.env;
      const statuses = [
        await migrator.runCli({ argv: ["validate", "--migrations", FIRST], environment: {} }),
        await run(FIRST, "up"),
        await run(FIRST, "background", "work"),
        await run(SECOND, "up"),
        await run(SECOND, "background", "queue", "hash"),
        await run(SECOND, "background", "queue", "hash", "--arguments", '{"salt":"y"}'),
        await migrator.runCli({
          argv: ["background", "finalize", "hash", "--arguments", '{"salt":"y"}', "--migrations", FIRST],
          environment: { DATABASE_URL: "pglite:memory" }, jobs: [migrator.defineBatchedMigration({
            name: "hash", database: "shop", table: "users", arguments: { salt: ["x", "z"] },
            perform() {},
          })],
        }),
      ];
      const ends = await migrator.workInBackground({
        connection: "pglite:memory", migrations: FIRST, jobs: [hash], until: "done",
        environment: { LOG_LEVEL: "error" },
      });
      console.log(JSON.stringify([statuses, ends]));`,
      { FIRST: first!, SECOND: second! },
    );
    const status = await program.ended;
    const { stdout, stderr } = program.printed;
    assert.equal(status, 0, stderr);
    const [statuses, ends] = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
    assert.deepEqual(statuses, [4, 0, 0, 0, 8, 0, 8], stdout + stderr);
    assert.match(stderr, /unknown-batched-migration.*run the program that defines it/s);
    assert.match(stderr, /background\/unfit-argument.*needs the argument salt, some text/s);
    assert.match(stderr, /background\/not-here.*do not fit this program/s);
    assert.match(stdout, /shop: [2-4] batches done/);
    assert.equal(ends[0].database, "shop");
    assert.ok(ends[0].batches >= 2 && ends[0].unfinished === 0, stdout);
  });

  test("may be killed at any moment: each row is done once", LIMIT, async () => {
    const at = await newScene(await sharedCluster(major!), 3_000);
    const migrations = writeMigrations({ shop: [{ up: "SELECT 1" }] });
    const text = `
      const add = migrator.defineBatchedMigration({
        name: "add", database: "shop", table: "counted", pause: 0, subBatchSize: 10,
        maxSubBatchSize: 10, batchSize: 500,
        async perform(job) {
          await job.eachSubBatch(async (sub) => {
            await sub.sql\`UPDATE counted SET n = n + 1 WHERE \${sub.rows()}\`;
            await new Promise((resolve) => setTimeout(resolve, 5));
            console.log("worked");
          });
        },
      });`;
    const job = defineBatchedMigration({
      ...{ name: "add", database: "shop", table: "counted", pause: 0, subBatchSize: 10 },
      ...{ batchSize: 500, statementTimeout: 1_000 },
      perform: async (job) => {
        await job.eachSubBatch(async (sub) => {
          await sub.sql`UPDATE counted SET n = n + 1 WHERE ${sub.rows()}`;
        });
      },
    });
    await queue(at.session, { ...await job.declaration(), targetMs: 1 });
    for (const worked of [3, 11, 24]) {
      const program = startApplication(
        `${text} await migrator.workInBackground({ migrations: "${migrations}", jobs: [add] });`,
        { DATABASE_URL: at.url },
      );
      while (program.printed.stdout.split("worked").length <= worked) await sleep(2);
      program.child.kill("SIGKILL");
      await program.ended;
      // Nobody waits for the leases of the dead here.
      await at.sql(
        "UPDATE migrator.batched_background_migration_jobs SET lease_expires_at = now()",
      );
    }
    const [before] = await at.sql("SELECT count(*) FROM counted WHERE n = 1");
    assert.ok(Number(before!["count"]) < 3_000, "it was killed before it was done");
    await workWithJobs({ connector: at.connector, jobs: [job], workers: 2 });
    assert.deepEqual(await at.sql("SELECT n, count(*) FROM counted GROUP BY n"), [
      { n: "1", count: "3000" },
    ]);
    await at.session.close();
  });
});

describe("a batching strategy of a team's own", () => {
  const add = (job: BatchedJob) =>
    job.eachSubBatch(async (sub) => {
      await sub.sql`UPDATE counted SET n = n + 1 WHERE ${sub.rows()}`;
    });
  const base = { database: "shop", table: "counted", pause: 0, perform: add };

  test("says where batches end, and is held to it", {}, async () => {
    const at = await newScene(await sharedCluster(major!), 1_000);
    const asked: unknown[] = [];
    const hundreds = defineBatchingStrategy({
      name: "Hundreds",
      async nextBatch({ table, key, first, last, after, batchSize, query }) {
        asked.push([key, after, last]);
        assert.ok(batchSize >= 1_000);
        const end = String(Math.floor(Number(first[0]) / 1_000) * 1_000 + 999);
        const [row] = await query`SELECT max(id) FROM ${table} WHERE id <= ${end}`;
        return first[0] === "2001" ? undefined : [row!["max"]!];
      },
    });
    const answers: readonly (readonly [RegExp, readonly string[] | Error])[] = [
      [/does not go forward: \["3"\] is next/, ["0"]],
      [/is behind the end, \["3000"\]/, ["9999"]],
      [/is not the text of 1 columns/, ["1", "2"]],
      [/Batching strategy wrong_3 failed: no answer/, new Error("no answer")],
    ];
    const wrong = answers.map(([, answer], i) =>
      defineBatchedMigration({
        ...base,
        name: `wrong_${i}`,
        strategy: defineBatchingStrategy({
          name: `wrong_${i}`,
          nextBatch: () =>
            answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer),
        }),
      })
    );
    const right = defineBatchedMigration({ ...base, name: "right", strategy: hundreds });
    for (const job of [...wrong, right]) await queue(at.session, await job.declaration());
    const events = await workWithJobs({ connector: at.connector, jobs: [...wrong, right] });
    assert.deepEqual(events.filter(({ type }) => type === "passed-over"), []);
    const states = await at.sql(
      "SELECT job_class_name AS name, status, (SELECT reason FROM " +
        "migrator.batched_background_migration_events WHERE event = 'fail' AND " +
        "batched_background_migration_id = m.id) FROM migrator.batched_background_migrations AS m " +
        "ORDER BY id",
    );
    for (const [i, [words]] of answers.entries()) {
      assert.equal(states[i]!["status"], "4");
      assert.match(states[i]!["reason"]!, words);
    }
    assert.equal(states.at(-1)!["status"], "3");
    assert.deepEqual(
      await at.sql("SELECT max_cursor FROM migrator.batched_background_migration_jobs ORDER BY id"),
      [{ max_cursor: '["999"]' }, { max_cursor: '["1998"]' }, { max_cursor: '["3000"]' }],
    );
    assert.deepEqual(asked[1], [["id"], ["999"], ["3000"]]);
    assert.deepEqual(await at.sql("SELECT n, count(*) FROM counted GROUP BY n"), [
      { n: "1", count: "1000" },
    ]);
    await at.session.close();
  });
});

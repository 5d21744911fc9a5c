import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defineBatchedMigration } from "../../../src/background/jobs/define_batched_migration.ts";
import type { BatchedJob } from "../../../src/background/jobs/job.ts";
import { BadData, BatchGivenBack } from "../../../src/background/worker/job_error.ts";
import { ident } from "../../../src/background/jobs/sql_fragment.ts";
import { connectorFor } from "../../../src/workspace/connector.ts";
import { newScene, queue } from "../../support/background.ts";
import { countsOf, jobOf, statesOf, workWithJobs } from "../../support/jobs.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";

const [major] = majors;

for (const major of majors) {
  describe(`jobs in TypeScript, on PostgreSQL ${major}`, () => {
    test("do each row once, whatever they throw and the server refuses", {}, async () => {
      const at = await newScene(await sharedCluster(major), 1_000);
      await at.sql(
        "CREATE TABLE noted (id bigint PRIMARY KEY, name text, at timestamptz, raw bytea)",
      );
      await at.sql("ALTER TABLE counted ADD CONSTRAINT small CHECK (n < 5) NOT VALID");
      const seen: { readonly key: string; readonly range: string }[] = [];
      let begun = 0;
      let ended = 0;
      const job = jobOf(async ({ eachSubBatch }) => {
        begun++;
        const table = ident("counted");
        await eachSubBatch(async ({ sql, query, rows, idempotencyKey, after, until }) => {
          seen.push({ key: idempotencyKey, range: JSON.stringify([after, until]) });
          assert.equal(await sql`UPDATE ${table} c SET n = n + ${1n} WHERE ${rows("c")}`, 250);
          // Of the second sub-batch, the first time the server refuses it, the second time the job.
          if (seen.length === 2) await sql`UPDATE ${table} SET n = 2 / 0 WHERE ${rows()}`;
          if (seen.length === 3) throw new TypeError("out there nobody answers");
          const found = await query`SELECT id FROM counted WHERE ${rows()} ORDER BY id LIMIT 1`;
          await sql`INSERT INTO noted VALUES (${found[0]!["id"]!}, ${'it\'s \\ "so"'},
            ${new Date(0)}, ${new Uint8Array([1, 255])})`;
        });
        ended++;
      }, { batchSize: 500, subBatchSize: 250, maxSubBatchSize: 250, targetTime: "10s" });
      await queue(at.session, await job.declaration());
      await workWithJobs({ connector: at.connector, jobs: [job] });
      assert.deepEqual(await countsOf(at), [{ n: "1", count: "1000" }]);
      assert.deepEqual(
        await at.sql("SELECT name, at = 'epoch' AS epoch, raw FROM noted WHERE id <= 3"),
        [{ name: 'it\'s \\ "so"', epoch: "t", raw: "\\x01ff" }],
      );
      // Halves of what the server refused about data are other ranges; the rest repeats its key.
      assert.ok(begun >= 4 && ended === 2, `${begun} ${ended}`);
      const distinct = (of: readonly string[]) => new Set(of).size;
      const ranges = distinct(seen.map(({ range }) => range));
      assert.equal(distinct(seen.map(({ key }) => key)), ranges);
      assert.equal(distinct(seen.map(({ key, range }) => `${key} ${range}`)), ranges);
      assert.ok(ranges < seen.length, "one was repeated");
      await at.session.close();
    });

    test("put aside what they call bad data, and visit distinct values once", {}, async () => {
      const at = await newScene(await sharedCluster(major), 300);
      await at.sql("ALTER TABLE counted ADD kind text; UPDATE counted SET kind = 'k' || id % 7");
      await at.sql("ALTER TABLE counted ALTER kind SET NOT NULL; CREATE INDEX ON counted (kind)");
      const bad = jobOf(async (job) => {
        await job.eachSubBatch(async (sub) => {
          const found = await sub.query`SELECT id FROM counted WHERE ${sub.rows()}`;
          if (found.some((row) => row["id"] === "300")) throw new BadData("300 is odd");
          await sub.sql`UPDATE counted SET n = n + 1 WHERE id = ANY (${
            found.map((row) => row["id"]!)
          })`;
        });
      }, { maxQuarantined: 1 });
      const values: string[] = [];
      const distinct = jobOf(async (job) => {
        await job.distinctEachBatch(async (sub) => {
          values.push(...sub.values);
          await sub.sql`UPDATE counted SET n = n + 10 WHERE ${sub.rows()}`;
        });
      }, {
        name: "distinct",
        strategy: "loose-index-scan",
        key: "kind",
        subBatchSize: 2,
        batchSize: 5,
      });
      await queue(at.session, await bad.declaration());
      await queue(at.session, await distinct.declaration());
      await workWithJobs({ connector: at.connector, jobs: [bad, distinct] });
      assert.deepEqual(await countsOf(at), [{ n: "10", count: "1" }, { n: "11", count: "299" }]);
      assert.deepEqual(values, ["k0", "k1", "k2", "k3", "k4", "k5", "k6"]);
      assert.deepEqual(
        await at.sql(
          "SELECT until_cursor, message FROM migrator.batched_background_migration_quarantine",
        ),
        [{ until_cursor: '["300"]', message: "300 is odd" }],
      );
      await at.session.close();
    });
  });
}

describe("jobs in TypeScript", () => {
  test("reach other databases, where things may be done again", {}, async () => {
    const server = await sharedCluster(major!);
    const at = await newScene(server, 60);
    const other = await newScene(server, 0);
    await other.sql("CREATE TABLE seen (key text PRIMARY KEY, times int)");
    let tries = 0;
    const job = jobOf(async (job) => {
      const seen = job.database("other");
      const [one] = await seen.query`SELECT count(*) AS n FROM seen`;
      job.log(`${one!["n"]} were seen`);
      await job.eachSubBatch(async (sub) => {
        await seen.transaction(async ({ sql }) => {
          await sql`INSERT INTO seen VALUES (${sub.idempotencyKey}, 1)
            ON CONFLICT (key) DO UPDATE SET times = seen.times + 1`;
        });
        await sub.sql`UPDATE counted SET n = n + 1 WHERE ${sub.rows()}`;
        if (++tries === 2) throw new Error("too early");
      });
    }, { subBatchSize: 20, maxSubBatchSize: 20, targetTime: "10s" });
    await queue(at.session, await job.declaration());
    const events = await workWithJobs({
      connector: at.connector,
      jobs: [job],
      connectorTo: (name) => {
        assert.equal(name, "other");
        return Promise.resolve(other.connector);
      },
    });
    assert.deepEqual(await countsOf(at), [{ n: "1", count: "60" }]);
    assert.deepEqual(await other.sql("SELECT times FROM seen ORDER BY 1"), [
      { times: "1" },
      { times: "1" },
      { times: "2" },
    ]);
    const logged = events.filter((event) => event.type === "job-log");
    assert.deepEqual(logged.map(({ message }) => message), ["0 were seen", "2 were seen"]);
    const [failed] = await at.sql(
      "SELECT exception_class, exception_message FROM " +
        "migrator.batched_background_migration_job_transition_logs WHERE next_status = '2'",
    );
    assert.deepEqual(failed, { exception_class: "Error", exception_message: "too early" });
    const left = await other.sql(
      "SELECT FROM pg_stat_activity WHERE application_name = 'migrator background other'",
    );
    assert.equal(left.length, 0, "its connections are closed");
    await at.session.close();
    await other.session.close();
  });

  test("may tidy up when their batch is given back", {}, async () => {
    const at = await newScene(await sharedCluster(major!), 60);
    const stop = new AbortController();
    const ends: unknown[] = [];
    const job = jobOf(async (job) => {
      try {
        await job.eachSubBatch(async (sub) => {
          await sub.sql`UPDATE counted SET n = n + 1 WHERE ${sub.rows()}`;
          stop.abort();
          assert.ok(job.signal.aborted);
        });
      } catch (error) {
        ends.push(error);
        throw error;
      }
    }, { subBatchSize: 20, maxSubBatchSize: 20, targetTime: "10s" });
    await queue(at.session, await job.declaration());
    const { signal } = stop;
    const events = await workWithJobs({ connector: at.connector, jobs: [job], signal });
    assert.equal(ends.length, 1);
    assert.ok(ends[0] instanceof BatchGivenBack);
    assert.deepEqual(events.filter(({ type }) => type === "job-log"), []);
    assert.deepEqual(await countsOf(at), [{ n: "0", count: "40" }, { n: "1", count: "20" }]);
    await at.session.close();
  });

  test("that never answer lose their connection, and their batch goes on", {}, async () => {
    const at = await newScene(await sharedCluster(major!), 40);
    let calls = 0;
    let tidied = 0;
    const job = jobOf(async (job) => {
      try {
        await job.eachSubBatch(async (sub) => {
          await sub.sql`UPDATE counted SET n = n + 1 WHERE ${sub.rows()}`;
          if (++calls === 1) await new Promise(() => {});
        });
      } finally {
        tidied++;
      }
    }, { statementTimeout: "300ms" });
    await queue(at.session, await job.declaration());
    const events = await workWithJobs({ connector: at.connector, jobs: [job] });
    assert.deepEqual([calls, tidied], [2, 2]);
    assert.equal(events.filter(({ type }) => type === "reconnecting").length, 1);
    assert.deepEqual(await countsOf(at), [{ n: "1", count: "40" }]);
    await at.session.close();
  });

  test("work in embedded PostgreSQL, which is one session for all databases", {}, async () => {
    const connector = await connectorFor({ kind: "embedded", directory: undefined });
    const session = await connector.open({ applicationName: "scene" });
    await session.query("CREATE TABLE counted (id int PRIMARY KEY, n int DEFAULT 0)");
    await session.query("INSERT INTO counted SELECT generate_series(1, 9)");
    const fine = jobOf((job) =>
      job.eachSubBatch(async (sub) => {
        await sub.sql`UPDATE counted SET n = n + 1 WHERE ${sub.rows()}`;
      }), { name: "fine" });
    const stuck = jobOf((job) =>
      job.eachSubBatch(async () => {
        await job.database("other").sql`SELECT 1`;
      }), { name: "stuck" });
    for (const job of [fine, stuck]) await queue(session, await job.declaration());
    const events = await workWithJobs({ connector, jobs: [fine, stuck] });
    const failed = events.filter((event) =>
      event.type === "migration-transition" && event.event === "fail"
    );
    assert.equal(failed.length, 1);
    assert.match(JSON.stringify(failed), /stuck.*one session: send it by sub.sql/);
    const { rows } = await session.query("SELECT DISTINCT n FROM counted");
    assert.deepEqual(rows, [{ n: "1" }]);
    await session.close();
  });

  test("are passed over, and said once, where the program lacks them", {}, async () => {
    const at = await newScene(await sharedCluster(major!), 60);
    const add = async (job: BatchedJob) => {
      await job.eachSubBatch(async (sub) => {
        await sub.sql`UPDATE counted SET n = n + 1 WHERE ${sub.rows()}`;
      });
    };
    const [lost, known] = [jobOf(add, { name: "lost_job" }), jobOf(add, { name: "known" })];
    const before = defineBatchedMigration({
      ...{ name: "changed", database: "shop", table: "counted", perform: add },
      arguments: { kind: { is: "text", default: "a" } },
    });
    const changed = defineBatchedMigration({
      ...{ name: "changed", database: "shop", table: "counted", perform: add },
      arguments: { kind: ["b", "c"] },
    });
    // All of one table: those that cannot be done are the oldest.
    for (const job of [lost, before, known]) await queue(at.session, await job.declaration());
    const events = await workWithJobs({ connector: at.connector, jobs: [known, changed] });
    const passed = events.filter((event) => event.type === "passed-over");
    assert.deepEqual(passed.map(({ name, reason }) => [name, reason]), [
      ["lost_job", "it is written in TypeScript, and this program does not have it"],
      ["changed", 'its arguments do not fit this program: it needs one of b, c for kind, not "a"'],
    ]);
    assert.deepEqual((await statesOf(at)).map(({ status }) => status), ["1", "1", "3"]);
    assert.deepEqual(await countsOf(at), [{ n: "1", count: "60" }]);
    await at.session.close();
  });
});

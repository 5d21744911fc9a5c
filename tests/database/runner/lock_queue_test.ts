import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import postgres from "postgres";
import type { RunEvent } from "../../../src/runner/context/event.ts";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";
import {
  concurrently,
  eventually,
  newProduct,
  runningBackend,
  sleep,
} from "../../support/harness.ts";

/** By hand it may be longer: `MIGRATOR_TEST_READER_SECONDS=30`. */
const READER_SECONDS = Number(process.env["MIGRATOR_TEST_READER_SECONDS"] ?? 6);

const CLIENTS = 20;

const LOCK_TIMEOUT = 1_000;

/** Milliseconds that a busy machine may add. */
const MARGIN = 1_500;

/** Queries a table over and over. @returns Milliseconds of each query. */
async function client(
  { host, port, user }: Server,
  { database, isOver }: { readonly database: string; readonly isOver: () => boolean },
): Promise<readonly number[]> {
  const options = { max: 1, fetch_types: false, prepare: false };
  const sql = postgres({ host, port, user, database, ...options });
  const waits: number[] = [];
  try {
    while (!isOver()) {
      const asked = performance.now();
      await sql.unsafe("SELECT count(*) FROM t");
      waits.push(performance.now() - asked);
      await sleep(20);
    }
  } finally {
    await sql.end();
  }
  return waits;
}

describe(`a table that is read for ${READER_SECONDS} s in one transaction`, () => {
  const limit = { timeout: READER_SECONDS * 1_000 + 120_000 };
  test(`is altered, and none of ${CLIENTS} clients waits long`, limit, async (context) => {
    const server = await sharedCluster(majors[0]!);
    const before = { up: "CREATE TABLE t (a int); INSERT INTO t VALUES (1)" };
    const product = await newProduct(server, [before]);
    await product.run();
    product.rewrite([before, { up: "ALTER TABLE t ADD b int" }]);
    const reading = product.sql(
      `SET application_name = 'report'; BEGIN; SELECT FROM t;
      SELECT pg_sleep(${READER_SECONDS}); COMMIT`,
    );
    const reader = String(await runningBackend(product, `pg_sleep(${READER_SECONDS})`));
    let over = false;
    const asking = Array.from(
      { length: CLIENTS },
      () => client(server, { database: product.postgres, isOver: () => over }),
    );
    const clients = Promise.all(asking);
    clients.catch(() => {});
    const events: RunEvent[] = [];
    const began = performance.now();
    await product.run({ lockTimeout: LOCK_TIMEOUT, report: (event) => events.push(event) });
    const took = performance.now() - began;
    over = true;
    await reading;
    const waits = (await clients).flat();
    const longest = Math.max(...waits);
    const retries = events.flatMap((event) => event.type === "retrying" ? [event] : []);
    context.diagnostic(
      `${waits.length} queries, the longest ${
        Math.round(longest)
      } ms; ${retries.length} retries; ` +
        `the run took ${Math.round(took)} ms`,
    );
    assert.deepEqual(await product.attempts(), ["1 up t", "2 up t"]);
    assert.ok(retries.length >= 2, `${retries.length} retries`);
    for (const { blockers } of retries.slice(0, 2)) {
      assert.ok(
        blockers.some(({ pid, application }) => pid === reader && application === "report"),
      );
    }
    assert.ok(longest < LOCK_TIMEOUT + MARGIN, `a client waited ${longest} ms`);
    assert.ok(longest > LOCK_TIMEOUT / 2, `nobody ever waited: ${longest} ms`);
  });
});

/** By hand there may be more: `MIGRATOR_TEST_REPETITIONS=50`. */
const REPETITIONS = Number(process.env["MIGRATOR_TEST_REPETITIONS"] ?? 5);

for (const major of majors) {
  describe(`a concurrent build while another runner waits, on PostgreSQL ${major}`, () => {
    const limit = { timeout: REPETITIONS * 20_000 + 60_000 };
    test(`never ends in a deadlock, ${REPETITIONS} times`, limit, async () => {
      const server = await sharedCluster(major);
      for (let i = 0; i < REPETITIONS; i++) {
        const product = await newProduct(server, [
          { up: "CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 1000)" },
          concurrently("CREATE INDEX CONCURRENTLY i ON t (a)"),
          concurrently("CREATE UNIQUE INDEX CONCURRENTLY j ON t (a)"),
        ]);
        // The build waits for this one; meanwhile the other runner waits for the lock.
        await product.sql("CREATE TABLE other ()");
        const open = product.sql("BEGIN; INSERT INTO other DEFAULT VALUES; SELECT pg_sleep(0.7)");
        await runningBackend(product, "pg_sleep(0.7)");
        const waited: RunEvent[] = [];
        const first = product.run();
        await eventually(async () => {
          const [row] = await product.sql(
            `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'migrator %'
              AND datname = current_database()`,
          );
          return Number(row?.["n"]) >= 2;
        }, { what: "a runner at work" });
        const second = product.run({
          report: (event) => event.type === "waiting" && waited.push(event),
        });
        const [one, two] = await Promise.all([first, second]);
        await open;
        assert.equal(one.done.length + two.done.length, 3);
        assert.ok(waited.length > 0, "the second runner never waited");
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up t", "3 up t"]);
        const [indexes] = await product.sql(
          `SELECT count(*)::int AS n, bool_and(indisvalid) AS valid FROM pg_index
            WHERE indrelid = 't'::regclass`,
        );
        assert.deepEqual({ ...indexes }, { n: 2, valid: true });
      }
    });
  });
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Connector } from "../../../src/connection/session/session.ts";
import { Failure } from "../../../src/failure.ts";
import type { Blocker } from "../../../src/runner/context/blocker.ts";
import type { RunEvent } from "../../../src/runner/context/event.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { majors, sharedCluster, startCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import {
  concurrently,
  connectorTo,
  eventually,
  failureOf,
  newProduct,
  type Product,
  runningBackend,
} from "../../support/harness.ts";
import { type Holder, holdOpen } from "../../support/hold_open.ts";

const LIMIT = { timeout: 60_000 };

const BEFORE = { up: "CREATE TABLE t (a int, b text)" };
const ALTER = { up: "ALTER TABLE t ADD c int" };

const OUTSIDE = { ...ALTER, yaml: "transaction: none" };

/** A product whose table `t` is there, and whose next migration is given. */
async function waitingProduct(
  next: typeof ALTER,
  { major = majors[0]!, url }: { major?: (typeof majors)[number]; url?: string } = {},
): Promise<Product> {
  const server = await sharedCluster(major);
  const product = await newProduct(server, [BEFORE], url === undefined ? {} : { url });
  await product.run();
  product.rewrite([BEFORE, next]);
  return product;
}

/** Somebody who has read the table in a transaction that is still open. */
function reader(product: Product): Promise<Holder> {
  return holdOpen(product, "SELECT FROM t WHERE b = 'secret'", { application: "report" });
}

function retries(events: readonly RunEvent[]): readonly (RunEvent & { type: "retrying" })[] {
  return events.filter((event): event is RunEvent & { type: "retrying" } =>
    event.type === "retrying"
  );
}

/** A clock that runs ten times as fast. */
const fast = {
  ...systemClock,
  elapsed: () => 10 * systemClock.elapsed(),
  sleep: (milliseconds: number, signal?: AbortSignal) =>
    systemClock.sleep(milliseconds / 10, signal),
};

for (const major of majors) {
  describe(`who is in the way of a migration, on PostgreSQL ${major}`, () => {
    for (const next of [ALTER, OUTSIDE]) {
      const how = next === ALTER ? "in a transaction" : "outside transactions";

      test(`is named with every try, ${how}`, LIMIT, async () => {
        const product = await waitingProduct(next, { major });
        const holder = await reader(product);
        const events: RunEvent[] = [];
        await product.run({
          lockTimeout: 1_000,
          report: (event) => {
            events.push(event);
            if (event.type === "retrying") void holder.release();
          },
        });
        const [first] = retries(events);
        assert.equal(first?.blockers.length, 1);
        const { since, started, seconds, query, host, ...rest } = first.blockers[0]!;
        assert.deepEqual(rest, {
          pid: String(holder.pid),
          prepared: null,
          application: "report",
          role: "postgres",
          backend: "client backend",
          state: "active",
          relation: "public.t",
        });
        assert.ok(Date.parse(since!) <= Date.parse(started!) + 1);
        assert.ok(seconds !== null && seconds >= 0 && seconds < 10);
        assert.match(host ?? "", /^127\.0\.0\.1$|^local socket$/);
        assert.match(query ?? "", /SELECT FROM t WHERE b = \?; SELECT pg_sleep\(\?\)/);
      });
    }

    test("is named by the failure, with the command that would end it", LIMIT, async () => {
      const product = await waitingProduct(ALTER, { major });
      const holder = await reader(product);
      const pid = String(holder.pid);
      const failure = await failureOf(product.run({ lockTimeout: 800, lockRetries: 1 }));
      assert.equal(failure.code, "lock/table-busy");
      assert.match(failure.message, /Tried 2 times/);
      assert.match(failure.message, new RegExp(`pid ${pid} \\(report, role postgres, `));
      assert.match(failure.message, /has public\.t/);
      assert.doesNotMatch(failure.message, /secret/);
      assert.match(failure.hint ?? "", new RegExp(`SELECT pg_terminate_backend\\(${pid}\\)`));
      assert.deepEqual((failure.facts["blockers"] as Blocker[]).map((one) => one.pid), [pid]);
      await holder.release();
    });

    test("of a concurrent build is told while it waits", LIMIT, async () => {
      const product = await waitingProduct(
        concurrently("CREATE INDEX CONCURRENTLY i ON t (a)"),
        { major },
      );
      const holder = await holdOpen(product, "INSERT INTO t VALUES (1)", { application: "loader" });
      const pid = String(holder.pid);
      const told: (RunEvent & { type: "blocked" })[] = [];
      await product.run({
        clock: fast,
        report: (event) => {
          if (event.type !== "blocked") return;
          told.push(event);
          void holder.release();
        },
      });
      // After five seconds of that clock.
      assert.equal(told.length, 1);
      assert.deepEqual(told[0]?.blockers.map((one) => one.pid), [pid]);
      assert.equal(told[0]?.blockers[0]?.application, "loader");
      assert.ok(told[0]!.seconds >= 5 && told[0]!.seconds < 30);
    });
  });
}

describe("who is in the way", () => {
  test("is asked of the lock's own session where the server has no room", LIMIT, async () => {
    const product = await waitingProduct(ALTER);
    const holder = await reader(product);
    const pid = String(holder.pid);
    const connector = await connectorTo(product.url);
    const full: Connector = {
      label: connector.label,
      open: (options) => {
        if (!options.applicationName.endsWith("(look)")) return connector.open(options);
        throw new Failure("connection/too-many", "sorry, too many clients already");
      },
    };
    const events: RunEvent[] = [];
    await product.run({
      lockTimeout: 400,
      connector: full,
      report: (event) => {
        events.push(event);
        if (event.type === "retrying") void holder.release();
      },
    });
    assert.deepEqual(retries(events)[0]?.blockers.map((one) => one.pid), [pid]);
    assert.deepEqual(await product.attempts(), ["1 up t", "2 up t"]);
  });

  test("is asked for without keeping the catalogs locked", LIMIT, async () => {
    const product = await waitingProduct({ up: "ALTER TABLE t ADD c int; SELECT pg_sleep(1.2)" });
    const connector = await connectorTo(product.url);
    let lockBackend = 0;
    const watched: Connector = {
      label: connector.label,
      async open(options) {
        if (options.applicationName.endsWith("(look)")) {
          throw new Failure("connection/too-many", "sorry, too many clients already");
        }
        const session = await connector.open(options);
        if (options.applicationName.endsWith("(lock)")) lockBackend = session.server.pid;
        return session;
      },
    };
    const holder = await reader(product);
    const run = product.run({
      lockTimeout: 400,
      connector: watched,
      report: (event) => {
        if (event.type === "retrying") void holder.release();
      },
    });
    await runningBackend(product, "pg_sleep(1.2)");
    // A look that is under way just then has them for a moment; kept, they outlast the statement.
    let kept: readonly unknown[] = [];
    for (let looks = 0; looks < 10 && kept.length !== 1; looks++) {
      await systemClock.sleep(looks * 10);
      const rows = await product.sql(
        `SELECT locktype FROM pg_locks WHERE pid = ${lockBackend} AND locktype <> 'virtualxid'`,
      );
      kept = rows.map(({ locktype }) => locktype);
    }
    assert.deepEqual(kept, ["advisory"]);
    await run;
  });

  test("is a session of another role, to a role that may not see more", LIMIT, async () => {
    const server = await sharedCluster(majors[0]!);
    const postgres = await server.createDatabase();
    const role = `r_${postgres}`;
    await server.sql(
      postgres,
      `CREATE ROLE ${role} LOGIN; GRANT CREATE ON DATABASE ${postgres} TO ${role};
      GRANT ALL ON SCHEMA public TO ${role}`,
    );
    const url = server.url(postgres).replace("postgres://postgres@", `postgres://${role}@`);
    const product = await newProduct(server, [BEFORE], { postgres, url });
    await product.run();
    product.rewrite([BEFORE, ALTER]);
    const holder = await reader(product);
    const pid = String(holder.pid);
    const failure = await failureOf(product.run({ lockTimeout: 400, lockRetries: 0 }));
    assert.match(failure.message, /Tried once/);
    assert.ok(failure.message.includes(`a session of another role (pid ${pid})`), failure.message);
    await holder.release();
  });

  test("may be a prepared transaction that was forgotten", LIMIT, async () => {
    const cluster = await startCluster({
      major: majors[0]!,
      settings: { max_prepared_transactions: "5" },
    });
    try {
      const product = await newProduct(cluster, [BEFORE]);
      await product.run();
      product.rewrite([BEFORE, ALTER]);
      await product.sql("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'it''s lost'");
      const failure = await failureOf(product.run({ lockTimeout: 400, lockRetries: 0 }));
      assert.match(failure.message, /the prepared transaction 'it's lost' of role postgres/);
      assert.match(failure.hint ?? "", /ROLLBACK PREPARED 'it''s lost'/);
      await product.sql("ROLLBACK PREPARED 'it''s lost'");
      await product.run();
    } finally {
      await cluster.dispose();
    }
  });

  test("and whom they wait for is kept of a deadlock", LIMIT, async () => {
    const product = await waitingProduct({
      up: "LOCK TABLE t; SELECT pg_sleep(0.5); LOCK TABLE u",
    });
    await product.sql("CREATE TABLE u ()");
    const events: RunEvent[] = [];
    const run = product.run({
      lockTimeout: 20_000,
      report: (event) => events.push(event),
    });
    await runningBackend(product, "pg_sleep(0.5)");
    await product.sql("SET deadlock_timeout = '20s'; BEGIN; LOCK TABLE u; LOCK TABLE t; COMMIT");
    await run;
    assert.match(retries(events)[0]?.detail ?? "", /Process \d+ waits for AccessExclusiveLock/);
  });

  test("stays unknown when the looking session is killed, and the run goes on", LIMIT, async () => {
    const product = await waitingProduct(ALTER);
    const holder = await reader(product);
    const run = product.run({ lockTimeout: 1_000 });
    await eventually(async () => {
      const [row] = await product.sql(
        "SELECT count(pg_terminate_backend(pid))::int AS n FROM pg_stat_activity " +
          "WHERE application_name = 'migrator app (look)' AND datname = current_database()",
      );
      return row?.["n"] === 1;
    }, { what: "a session that looks" });
    await holder.release();
    await run;
    assert.deepEqual(await product.attempts(), ["1 up t", "2 up t"]);
  });
});

describe("the command line", () => {
  test("prints who is in the way, as text and as JSON", LIMIT, async () => {
    const product = await waitingProduct(ALTER);
    const holder = await reader(product);
    const pid = String(holder.pid);
    const given = ["up", "--lock-timeout", "400ms", "--lock-retries", "1", ...product.args];
    const [text, json] = [await runMigrator(given), await runMigrator([...given, "--json"])];
    await holder.release();
    assert.equal(text.status, 6);
    assert.match(text.stderr, new RegExp(`tried again in .*\\n {2}for pid ${pid} \\(report, role`));
    assert.match(text.stderr, /next: Everything was rolled back\. .*pg_terminate_backend/s);
    assert.equal(json.status, 6);
    const records = json.json();
    const retrying = records.find(({ event }) => event === "retrying");
    assert.equal((retrying?.["blockers"] as Blocker[] | undefined)?.[0]?.pid, pid);
    const failed = records.at(-1) as { event: string; facts: { tries: number } };
    assert.deepEqual([failed.event, failed.facts.tries], ["failed", 2]);
  });

  test("refuses a number of retries that is none", LIMIT, async () => {
    const { status, stderr } = await startMigrator(["up", "--lock-retries", "-1"]).finished;
    assert.equal(status, 2);
    assert.match(stderr, /--lock-retries/);
  });
});

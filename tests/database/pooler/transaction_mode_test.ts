import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { poolingOf } from "../../../src/connection/session/pooling.ts";
import type { Session } from "../../../src/connection/session/session.ts";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { pgbouncer, type Pooler, startPooler } from "../../support/pooler.ts";
import {
  concurrently,
  connectorTo,
  failureOf,
  newProduct,
  type Product,
} from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

/** What needs no session of its own, and one function that sets something behind our back. */
const PLAIN = [
  { up: "CREATE TABLE t (n int); INSERT INTO t SELECT i FROM generate_series(1, 100) AS i" },
  { up: "CREATE TABLE u (n int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'" },
  { up: "DO $$ BEGIN PERFORM set_config('search_path', 'elsewhere', false); END $$" },
  { up: "CREATE TEMPORARY TABLE scratch AS SELECT n FROM t; INSERT INTO u SELECT n FROM scratch" },
  { up: "SET LOCAL search_path = public; SELECT set_config('work_mem', '8MB', true)" },
  { up: "UPDATE u SET n = n + 1 WHERE n = 100" },
];

for (const major of majors) {
  const name = `Behind PgBouncer in transaction mode, on PostgreSQL ${major},`;
  describe(name, { skip: pgbouncer === undefined }, () => {
    let server: Server;
    let pooler: Pooler;
    const through = (product: Product) => ({
      ...product,
      args: ["--migrations", product.directory, "--database-url", pooler.url(product.postgres)],
    });
    before(async () => {
      server = await sharedCluster(major);
      pooler = await startPooler(server, { pool_mode: "transaction", default_pool_size: 3 });
    });
    after(() => pooler?.dispose());

    test(
      "that is noticed by what can be seen, and no pooler where there is none",
      LIMIT,
      async () => {
        const postgres = await server.createDatabase();
        const signal = new AbortController().signal;
        const seen = [];
        for (const url of [server.url(postgres), pooler.url(postgres)]) {
          const connector = await connectorTo(url);
          const session = await connector.open({ applicationName: "test" });
          seen.push(session.server.pooling, await poolingOf(session, { connector, signal }));
          await session.close();
        }
        assert.deepEqual(seen, ["none", "none", "unknown", "transaction"]);
      },
    );

    test("it is told by doctor", LIMIT, async () => {
      const { args } = through(await newProduct(server, PLAIN));
      const { status, stdout, stderr } = await runMigrator(["doctor", ...args]);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /warn +pooler +a pooler is in between and gives each transaction/);
    });

    test("it is noticed as well while others use the pool", LIMIT, async () => {
      const connector = await connectorTo(pooler.url(await server.createDatabase()));
      const signal = new AbortController().signal;
      const others = await Promise.all(
        [1, 2, 3].map(() => connector.open({ applicationName: "other" })),
      );
      let isOver = false;
      const busy = others.map(async (session) => {
        while (!isOver) await session.query("SELECT pg_sleep(random() * 0.01)");
      });
      for (let round = 0; round < 10; round++) {
        const session = await connector.open({ applicationName: "test" });
        assert.equal(await poolingOf(session, { connector, signal }), "transaction");
        await session.close();
      }
      isOver = true;
      await Promise.all(busy);
      for (const session of others) await session.close();
    });

    test("transactional migrations work, and leave the pool's sessions clean", LIMIT, async () => {
      const product = await newProduct(server, PLAIN);
      const connector = await connectorTo(pooler.url(product.postgres));
      await product.run({ connector });
      assert.deepEqual(await product.attempts(), PLAIN.map((_, i) => `${i + 1} up t`));
      assert.deepEqual(await product.sql("SELECT count(*)::int, max(n) FROM u"), [
        { count: 100, max: 101 },
      ]);
      // Hold every connection of the pool, so that none is left out.
      const sessions: Session[] = [];
      for (let n = 0; n < 3; n++) {
        const session = await connector.open({ applicationName: "look" });
        sessions.push(session);
        const { rows } = await session.query(
          "BEGIN; SELECT current_setting('search_path') AS path, current_setting('lock_timeout') " +
            "AS lock, to_regclass('pg_temp.scratch') AS temp",
        );
        assert.deepEqual(rows, [{ path: '"$user", public', lock: "0", temp: null }]);
      }
      for (const session of sessions) await session.close();
    });

    test("a failed migration is told, recorded and tried again", LIMIT, async () => {
      const product = await newProduct(server, [{ up: "SELECT 1" }, { up: "SELECT 1 / 0" }]);
      const connector = await connectorTo(pooler.url(product.postgres));
      const failure = await failureOf(product.run({ connector }));
      assert.equal(failure.code, "sql/statement-failed");
      product.rewrite([{ up: "SELECT 1" }, { up: "SELECT 1 / 1" }]);
      await product.run({ connector });
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f", "2 up t"]);
    });

    const refused: readonly (readonly [string, string])[] = [
      ["CREATE INDEX CONCURRENTLY", "CREATE INDEX CONCURRENTLY i ON t (n)"],
      ["VACUUM", "VACUUM t"],
      ["SET search_path", "SET search_path = public; CREATE TABLE v ()"],
      ["set_config(…, false)", "SELECT pg_catalog.set_config('search_path', '', false)"],
      ["LISTEN", "LISTEN news"],
      ["pg_advisory_lock", "SELECT pg_advisory_lock(1)"],
      ["PREPARE", "PREPARE p AS SELECT 1"],
    ];
    for (const [words, up] of refused) {
      test(`${words} is refused before anything runs, with the way out`, LIMIT, async () => {
        const last = words.startsWith("CREATE") ? concurrently(up) : { up };
        const product = await newProduct(server, [{ up: "CREATE TABLE t (n int)" }, last]);
        const connector = await connectorTo(pooler.url(product.postgres));
        const failure = await failureOf(product.run({ connector }));
        assert.equal(failure.code, "settings/needs-direct-url");
        assert.equal(failure.exit, 2);
        assert.ok(failure.message.includes(`2 (m2)`) && failure.message.includes(`(${words})`));
        assert.match(failure.hint ?? "", /--direct-url app=postgres/);
        assert.deepEqual(await product.sql("SELECT to_regclass('t') AS t"), [{ t: null }]);
        assert.deepEqual(await product.attempts(), []);
        const locks = await server.sql(
          product.postgres,
          "SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = " +
            "(SELECT oid FROM pg_database WHERE datname = current_database())",
        );
        assert.equal(locks.length, 0);
      });
    }

    test("with a direct URL everything works, and goes over it alone", LIMIT, async () => {
      const product = through(
        await newProduct(server, [
          { up: "CREATE TABLE t (n int)" },
          concurrently("CREATE INDEX CONCURRENTLY i ON t (n)"),
          { up: "SET search_path = public; CREATE TABLE v ()" },
        ]),
      );
      const { status, stdout, stderr } = await runMigrator(["up", "--json", ...product.args], {
        env: { APP_DIRECT_URL: server.url(product.postgres) },
      });
      assert.equal(status, 0, stderr);
      const { host, port } = server;
      assert.ok(stdout.includes(`"server":"postgres://postgres@${host}:${port}/`), stdout);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up t", "3 up t"]);
      const again = await runMigrator([
        "up",
        ...product.args,
        "--direct-url",
        "app=postgres://x:1/",
      ]);
      assert.equal(again.status, 0, "nothing to do needs no way around");
    });

    test("a direct URL that leads elsewhere is refused", LIMIT, async () => {
      const secret = "s3cret-canary";
      const product = through(await newProduct(server, [{ up: "CREATE TABLE t (n int)" }]));
      const elsewhere = server.url(await server.createDatabase()).replace("@", `:${secret}@`);
      const { status, stderr, stdout } = await runMigrator(
        ["up", ...product.args, "--direct-url", elsewhere],
      );
      assert.equal(status, 2, stderr);
      assert.match(stderr, /settings\/direct-url-differs/);
      assert.doesNotMatch(stderr + stdout, new RegExp(secret));
      assert.deepEqual(await product.sql("SELECT to_regclass('t') AS t"), [{ t: null }]);
    });

    test("a startup parameter that the pooler refuses is named, at once", LIMIT, async () => {
      const connector = await connectorTo(`${pooler.url("postgres")}?options=-c%20geqo%3Doff`);
      const failure = await failureOf(connector.open({ applicationName: "test" }));
      assert.equal(failure.code, "connection/startup-parameter");
      assert.match(failure.message, /unsupported startup parameter: options/);
      assert.match(failure.hint ?? "", /ignore_startup_parameters/);
    });
  });
}

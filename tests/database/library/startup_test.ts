import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../../src/failure.ts";
import { migrateOnStartup, type StartupOptions } from "../../../src/library/migrate_on_startup.ts";
import { waitUntilMigrated } from "../../../src/library/wait_until_migrated.ts";
import { majors, PASSWORD, type Server, sharedCluster } from "../../support/cluster.ts";
import { newProduct, type Product } from "../../support/harness.ts";
import { memory, startApplication } from "../../support/application.ts";

const LIMIT = { timeout: 120_000 };

const TWO = [{ up: "CREATE TABLE a ()" }, { up: "CREATE TABLE b ()" }];

const YES = { RUN_DATABASE_MIGRATIONS: "true" };

/** Nobody listens there. */
const NOWHERE = "postgres://app@127.0.0.1:1/shop";

const [major] = majors;

function startupOf(product: Product, changes: StartupOptions = {}): StartupOptions {
  return {
    migrations: product.directory,
    connection: product.url,
    environment: YES,
    logger: memory().logger,
    ...changes,
  };
}

function failsWith(code: string, ...words: readonly RegExp[]) {
  return (error: unknown) => {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.code, code, error.message);
    for (const word of words) assert.match(`${error.message} ${error.hint}`, word);
    return true;
  };
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isSo()) await sleep(20);
}

describe("migrating on startup", () => {
  let server: Server;

  test("is done by one of many replicas, and the others go on when it is done", LIMIT, async () => {
    server = await sharedCluster(major!);
    const product = await newProduct(server, TWO);
    const results = await Promise.all(
      Array.from({ length: 6 }, () => migrateOnStartup(startupOf(product))),
    );
    const applied = results.map(({ databases }) => databases[0]!.applied.map(({ name }) => name));
    assert.deepEqual(applied.flat(), ["m1", "m2"]);
    assert.deepEqual(await product.attempts(), ["1 up t", "2 up t"]);
    assert.ok(
      results.every(({ migrated, databases }) =>
        migrated && databases[0]!.database === "app" && !databases[0]!.server.includes(PASSWORD)
      ),
    );
  });

  test("goes on where a replica was killed in the middle", LIMIT, async () => {
    server = await sharedCluster(major!);
    const product = await newProduct(server, [
      ...TWO,
      { up: "CREATE TABLE c (); LOCK TABLE gate" },
    ]);
    await product.sql("CREATE TABLE gate ()");
    const locked = product.sql("BEGIN; LOCK TABLE gate; SELECT pg_sleep(5)").catch(() => {});
    const victim = startApplication(
      "await migrator.migrateOnStartup({ migrations: process.env.DIRECTORY });",
      { ...YES, DIRECTORY: product.directory, DATABASE_URL: product.url, LOG_LEVEL: "debug" },
    );
    await until(() => victim.printed.stderr.includes("app 2/3"));
    const { lines, logger } = memory();
    const survivor = migrateOnStartup(startupOf(product, { logger }));
    await until(() => lines.some(({ fields }) => fields.event === "waiting"));
    victim.child.kill("SIGKILL");
    assert.equal(await victim.ended, "SIGKILL");
    const { databases } = await survivor;
    assert.deepEqual(databases[0]!.applied.map(({ name }) => name), ["m3"]);
    assert.deepEqual((await product.attempts()).filter((line) => line.endsWith(" t")), [
      "1 up t",
      "2 up t",
      "3 up t",
    ]);
    await locked;
  });

  test("is not done unless a variable says so, and that is said", LIMIT, async () => {
    server = await sharedCluster(major!);
    const product = await newProduct(server, TWO);
    const { lines, logger } = memory();
    const off = { logger, environment: { RUN_DATABASE_MIGRATIONS: "false" } };
    // Nothing is even read.
    const nowhere = { connection: NOWHERE, migrations: "no-such-directory" };
    assert.deepEqual(await migrateOnStartup({ ...off, ...nowhere }), {
      migrated: false,
      databases: [],
    });
    assert.equal(lines[0]?.fields.event, "not-migrating");
    const check = startupOf(product, { ...off, otherwise: "check" });
    await assert.rejects(
      migrateOnStartup(check),
      failsWith("status/not-ready", /nothing was ever applied/, /migrator up --db app/),
    );
    const waiting = migrateOnStartup(startupOf(product, { ...off, otherwise: "wait" }));
    await until(() => lines.some(({ fields }) => fields.event === "not-ready"));
    await migrateOnStartup(startupOf(product));
    assert.deepEqual((await waiting).databases.map(({ applied }) => applied), [[]]);
    assert.equal((await migrateOnStartup(check)).databases[0]?.database, "app");
  });

  test("takes a newer database as it is, with a warning", LIMIT, async () => {
    server = await sharedCluster(major!);
    const product = await newProduct(server, TWO);
    await migrateOnStartup(startupOf(product));
    product.rewrite(TWO.slice(0, 1));
    for (const start of [migrateOnStartup, waitUntilMigrated]) {
      const { lines, logger } = memory();
      const found = await start(startupOf(product, { logger }));
      const [database] = "databases" in found ? found.databases : found;
      assert.deepEqual(database?.newer, [2n]);
      const warnings = lines.filter(({ level }) => level === "warn");
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!.message, /has applied 2, which this program does not carry/);
    }
  });

  test("ends when the application says so, with nothing left running", LIMIT, async () => {
    server = await sharedCluster(major!);
    const product = await newProduct(server, [...TWO, { up: "SELECT pg_sleep(60)" }]);
    const listeners = process.listenerCount("SIGTERM");
    const stop = new AbortController();
    const starting = migrateOnStartup(startupOf(product, { signal: stop.signal }));
    const works = async () =>
      (await server.sql(
        "postgres",
        `SELECT FROM pg_stat_activity WHERE datname = '${product.postgres}' AND state = 'active'
        AND query LIKE '%pg_sleep(60)%'`,
      )).length > 0;
    await until(works);
    assert.equal(process.listenerCount("SIGTERM"), listeners);
    stop.abort(new Error("we are shutting down"));
    await assert.rejects(starting, failsWith("interrupted/aborted"));
    assert.equal(await works(), false);
    assert.deepEqual((await product.attempts()).slice(0, 2), ["1 up t", "2 up t"]);
    await assert.rejects(
      migrateOnStartup(startupOf(product, { signal: AbortSignal.abort() })),
      failsWith("interrupted/aborted"),
    );
  });

  test("tells of every query, with its time and without its values", LIMIT, async () => {
    server = await sharedCluster(major!);
    const product = await newProduct(server, [
      { up: "CREATE TABLE a AS SELECT 'c4rd-number' AS v, 424242 AS n" },
    ]);
    const { lines, logger } = memory();
    const environment = { ...YES, DATABASE_QUERY_LOGGING_ENABLED: "true" };
    await migrateOnStartup(startupOf(product, { logger, environment }));
    const queries = lines.filter(({ fields }) => fields.event === "query");
    assert.ok(
      queries.some(({ message }) => /CREATE TABLE a AS SELECT \? AS v, \? AS n/.test(message)),
    );
    assert.ok(queries.every(({ fields }) => Number(fields["milliseconds"]) >= 0));
    assert.doesNotMatch(
      JSON.stringify(lines, (_, v) => typeof v === "bigint" ? `${v}` : v),
      new RegExp(`c4rd-number|424242|${PASSWORD}`),
    );
  });

  test("writes to standard error alone, and ends nothing when it fails", LIMIT, async () => {
    server = await sharedCluster(major!);
    const product = await newProduct(server, [TWO[0]!, { up: "SELECT 1/0" }]);
    const application = startApplication(
      `try {
        await migrator.migrateOnStartup({ migrations: process.env.DIRECTORY });
      } catch (error) {
        console.log(JSON.stringify([error instanceof migrator.Failure, error.code, error.exit]));
      }`,
      { ...YES, DIRECTORY: product.directory, DATABASE_URL: product.url, LOG_FORMAT: "json" },
    );
    assert.equal(await application.ended, 0, application.printed.stderr);
    const { stdout, stderr } = application.printed;
    assert.equal(stdout, '[true,"sql/statement-failed",7]\n');
    const lines = stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.ok(lines.every(({ time, level, event }) => time && level && event));
    const events = lines.map(({ event }) => event);
    assert.deepEqual(events.filter((one) => /applied|failed/.test(one)), [
      "applied",
      "step-failed",
    ]);
    assert.doesNotMatch(stderr + stdout, new RegExp(PASSWORD));
  });

  test("takes migrator.yaml's word, and waits with no right but to read", LIMIT, async () => {
    server = await sharedCluster(major!);
    const product = await newProduct(server, TWO);
    const role = `startup_${product.postgres}`;
    await product.sql(`CREATE ROLE ${role} LOGIN`);
    const config = path.join(product.directory, "migrator.yaml");
    fs.writeFileSync(config, `historySchema: ledger\nreaders: [${role}]\n`);
    const reader = { config, connection: product.url.replace("postgres@", `${role}@`) };
    const waiting = waitUntilMigrated(startupOf(product, reader));
    await migrateOnStartup(startupOf(product, { config }));
    assert.deepEqual((await waiting).map(({ database, newer }) => [database, newer]), [[
      "app",
      [],
    ]]);
    await product.sql("SELECT FROM ledger.databases");
    await product.sql(`REVOKE ALL ON ALL TABLES IN SCHEMA ledger FROM ${role}`);
    await assert.rejects(
      waitUntilMigrated({ ...startupOf(product, reader), timeout: 0 }),
      failsWith("status/not-ready", /GRANT/),
    );
    product.rewrite([...TWO, { up: "CREATE TABLE c ()" }]);
    await product.sql(`GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO ${role}`);
    await assert.rejects(
      waitUntilMigrated({ ...startupOf(product, reader), timeout: 0 }),
      failsWith("status/not-ready", /1 of 3 migrations are not applied; the next is 3/),
    );
  });

  test("refuses another product's history, although it waits by names alone", LIMIT, async () => {
    server = await sharedCluster(major!);
    const product = await newProduct(server, TWO);
    await migrateOnStartup(startupOf(product));
    const folder = path.join(product.directory, "app");
    fs.renameSync(path.join(folder, "1_m1"), path.join(folder, "1_other"));
    const yaml = path.join(folder, "1_other", "metadata.yaml");
    fs.writeFileSync(yaml, "name: other\nparents: []\n");
    fs.writeFileSync(path.join(folder, "1_other", "up.sql"), "CREATE TABLE other ()");
    await assert.rejects(
      waitUntilMigrated(startupOf(product, { timeout: 0 })),
      failsWith("history/other-product"),
    );
  });

  for (
    const [what, options, code, words] of [
      [
        "a variable that says neither",
        {
          environment: { RUN_DATABASE_MIGRATIONS: "maybe" },
        },
        "settings/unreadable-switch",
        /RUN_DATABASE_MIGRATIONS/,
      ],
      ["an empty connection", { connection: "" }, "settings/no-database", /empty connection/],
      ["no connection", { databases: ["codeintel"] }, "settings/no-database", /DATABASE_URL/],
      [
        "a database that is not there",
        { databases: ["codeintl"] },
        "source/unknown-database",
        /codeintel/,
      ],
      [
        "a connection for a database that is not there",
        {
          connection: { codeintl: NOWHERE },
        },
        "source/unknown-database",
        /codeintel/,
      ],
      [
        "a connection that is none",
        { connection: "postgres://app@db:port/x", databases: ["codeintel"] },
        "settings/",
        /connection/,
      ],
      ["no migrations", { migrations: "no-such" }, "source/not-found", /no-such/],
    ] as const
  ) {
    test(`says what is wrong: ${what}`, LIMIT, async () => {
      const given = { migrations: "migrations", environment: YES, ...options };
      await assert.rejects(
        migrateOnStartup({ ...given, logger: memory().logger }),
        (error) => {
          assert.ok(error instanceof Failure, String(error));
          assert.ok(error.code.startsWith(code), `${error.code}: ${error.message}`);
          assert.match(`${error.message} ${error.hint}`, words);
          assert.ok(error.hint);
          return true;
        },
      );
    });
  }
});

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import {
  eventually,
  lockBackend,
  newProduct,
  type Product,
  runningBackend,
} from "../../support/harness.ts";
import { holdOpen } from "../../support/hold_open.ts";
import { pgbouncer, startPooler } from "../../support/pooler.ts";
import {
  everything,
  NO_PSQL,
  type PsqlOptions,
  runPsql,
  runsWell,
  scriptFor,
  startPsql,
} from "../../support/psql_script.ts";

const LIST = [
  { up: "CREATE TABLE a (i int)", down: "DROP TABLE a" },
  { up: "CREATE TABLE b (i int)", down: "DROP TABLE b" },
  { up: "CREATE TABLE c (i int)", down: "DROP TABLE c" },
];

for (const major of majors) {
  const server = await sharedCluster(major);

  /** A script that must end with 3, its reason on standard error, and a database as it was. */
  const refuses = async (
    product: Product,
    { script, url = product.url, says, ...options }: PsqlOptions & {
      readonly script: string;
      readonly url?: string;
      readonly says: RegExp;
    },
  ) => {
    const before = await everything(server, product.postgres);
    const { status, stdout, stderr } = await runPsql(script, url, options);
    assert.equal(status, 3, stdout + stderr);
    assert.match(stderr, says);
    assert.match(stderr, /ERROR: {2}migrator: this script was refused and has changed nothing/);
    assert.equal(await everything(server, product.postgres), before);
  };

  describe(`a script changes nothing, on PostgreSQL ${major},`, { skip: NO_PSQL }, () => {
    test("in a PostgreSQL database without the history", async () => {
      const product = await newProduct(server, LIST);
      await product.run();
      const script = await scriptFor(product, "down", "1");
      const other = await newProduct(server, LIST);
      await refuses(other, { script, says: /Refused: this is not the database "app"/ });
    });

    test("where another database of the product is kept", async () => {
      const product = await newProduct(server, LIST);
      await product.run();
      const other = await newProduct(server, LIST, { database: "other" });
      await other.run();
      await refuses(other, {
        script: await scriptFor(product, "down", "1"),
        says: /Refused: here is no history of the database "app"\. What is here:\nother\n/,
      });
    });

    test("in a database with tables, when it was made for an empty one", async () => {
      const product = await newProduct(server, LIST);
      const script = await scriptFor(product, "up");
      await product.sql("CREATE TABLE somebodys (i int)");
      await refuses(product, { script, says: /there are tables already/ });
    });

    test("when the history is another one: further, back, edited, or half-way", async () => {
      const product = await newProduct(server, LIST);
      await product.run();
      const script = await scriptFor(product, "down", "1");
      const down = await scriptFor(product, "down", "3");
      await runMigrator(["down", "2", ...product.args]);
      await refuses(product, {
        script,
        says: /is not in the state .* Of its migrations,\n {2}2 is not applied\nMake a new script/,
      });
      await product.run();
      await product.sql("UPDATE migrator.migration_logs SET checksum = 'x' WHERE version = 1");
      await refuses(product, { script, says: /\n {2}1 was applied from another text\n/ });
      await refuses(product, { script: down, says: /\n {2}1 was applied from another text\n/ });
      product.rewrite([...LIST, { up: "VACUUM a, none", yaml: "transaction: none" }]);
      await product.run().catch(() => {});
      const [row] = await product.sql("SELECT count(*)::int AS n FROM migrator.dirty");
      assert.equal(row?.["n"], 0);
      await product.sql(
        "UPDATE migrator.migration_logs SET checksum = (SELECT up_checksum FROM " +
          "migrator.migration_definitions AS d WHERE d.version = 1) WHERE version = 1;" +
          "UPDATE migrator.migration_logs SET nothing_done = false WHERE version = 4",
      );
      await refuses(product, { script, says: /\n {2}4 was left half-way\n/ });
    });

    test("when a step is done, although one before it is not", async () => {
      const product = await newProduct(server, LIST);
      const script = await scriptFor(product, "up");
      product.rewrite([LIST[0]!, { ...LIST[2]!, version: 3 }]);
      await product.run();
      await refuses(product, {
        script,
        says: /\n {2}3 is done, although a step before it is not\n/,
      });
    });

    test("beside a running up; and up waits for it", async () => {
      const product = await newProduct(server, LIST);
      await product.run();
      const script = await scriptFor(product, "down", "1");
      // Whoever runs a script must not run an operator of another role.
      const person = `person_${product.postgres}`;
      await product.sql(`CREATE SCHEMA hostile;
        ${["text", "name", "oid", "integer", "bigint", "boolean", "smallint"].map(hostile).join("")}
        CREATE ROLE ${person} LOGIN SUPERUSER;
        ALTER ROLE ${person} SET search_path = hostile, pg_catalog`);
      const asPerson = (text: string) => text.replace(/\/\/[^@]*@/, `//${person}@`);
      const theirs = await scriptFor(
        { ...product, args: product.args.map(asPerson) },
        "down",
        "1",
      );
      product.rewrite([...LIST, { up: "SELECT pg_sleep(600)" }]);
      const up = startMigrator(["up", ...product.args]);
      const backend = await runningBackend(product, "pg_sleep(600)");
      await refuses(product, {
        script: theirs,
        url: asPerson(product.url),
        says: /Refused: somebody else migrates the database "app" now:\npid \d+, migrator/,
      });
      up.kill("SIGKILL");
      await up.finished;
      // Before 14 its backend does not notice that.
      await product.sql(`SELECT pg_terminate_backend(${backend})`);
      await eventually(async () => await lockBackend(product) === undefined, { what: "its end" });

      product.rewrite(LIST);
      const holder = await holdOpen(product, "LOCK TABLE c");
      const running = startPsql(
        script.replaceAll("lock_timeout = 2000", "lock_timeout = 0"),
        product.url,
      );
      await eventually(async () => await lockBackend(product) !== undefined, { what: "its lock" });
      product.rewrite([...LIST, { up: "CREATE TABLE d (i int)" }]);
      const waiting = await runMigrator(["up", "--lock-wait", "100ms", ...product.args]);
      assert.equal(waiting.status, 6, waiting.stderr);
      assert.match(waiting.stderr, /migrator script app/);
      await holder.release();
      const ended = await running.ended;
      assert.equal(ended.status, 0, ended.stderr);
    });

    test("as a role without rights", async () => {
      const product = await newProduct(server, LIST);
      await product.run();
      const role = `nobody_${product.postgres}`;
      await product.sql(`CREATE ROLE ${role} LOGIN`);
      const url = product.url.replace(/\/\/[^@]*@/, `//${role}@`);
      const script = await scriptFor(product, "down", "1");
      await refuses(product, {
        script,
        url,
        says: /this role may not write migrator's history[^]*\npostgres\n/,
      });
    });

    test("in a transaction that psql has opened", async () => {
      const product = await newProduct(server, LIST);
      const script = await scriptFor(product, "up");
      await refuses(product, {
        script,
        args: ["--single-transaction"],
        says: /Refused: a transaction is open/,
      });
    });

    test("when every transaction is read-only", async () => {
      const product = await newProduct(server, LIST);
      const script = await scriptFor(product, "up");
      const env = { PGOPTIONS: "-c default_transaction_read_only=on" };
      await refuses(product, { script, env, says: /Refused: this server can only be read/ });
    });

    for (const mode of ["transaction", "session"]) {
      test(`through PgBouncer in ${mode} mode`, { skip: pgbouncer === undefined }, async () => {
        const pooler = await startPooler(server, { pool_mode: mode });
        after(() => pooler.dispose());
        const product = await newProduct(server, LIST);
        const script = await scriptFor(product, "up");
        await refuses(product, {
          script,
          url: pooler.url(product.postgres),
          says: /A pooler such as PgBouncer stands between/,
        });
      });
    }
  });

  describe(`a script, on PostgreSQL ${major},`, { skip: NO_PSQL }, () => {
    test("stops when another runner has taken over", async () => {
      const product = await newProduct(server, LIST);
      const script = (await scriptFor(product, "up")).replace(
        "-- 2 of 3",
        "UPDATE migrator.databases SET fence = fence + 1;\n-- 2 of 3",
      );
      const { status, stderr } = await runPsql(script, product.url);
      assert.equal(status, 3);
      assert.match(stderr, /another runner has taken over, so this script has stopped/);
      assert.deepEqual(await product.attempts(), ["1 up t"]);
    });

    test("is not led astray by psql's settings, nor by those of role and database", async () => {
      const product = await newProduct(server, [
        { up: "CREATE TABLE a (i int); INSERT INTO a VALUES (1)" },
        { up: "SELECT pg_sleep(0.3); UPDATE a SET i = 2" },
      ]);
      await product.sql(
        `ALTER DATABASE ${product.postgres} SET statement_timeout = '100ms';
        ALTER DATABASE ${product.postgres} SET default_transaction_isolation = 'serializable';
        ALTER DATABASE ${product.postgres} SET standard_conforming_strings = off;
        ALTER DATABASE ${product.postgres} SET client_encoding = 'LATIN1';
        ALTER DATABASE ${product.postgres} SET synchronous_commit = off`,
      );
      const script = await scriptFor(product, "up");
      const said = await runPsql(script, product.url, {
        args: ["AUTOCOMMIT=off", "ON_ERROR_ROLLBACK=on", "FETCH_COUNT=1", "USER=x", "SINGLELINE=on"]
          .flatMap((one) => ["-v", one]),
      });
      assert.equal(said.status, 0, said.stderr);
      assert.deepEqual(await product.sql("SELECT i FROM a"), [{ i: 2 }]);
      assert.match(await runsWell(script, product.url), /Nothing to do/);
    });

    test("is refused while a migration is half-way, with what helps", async () => {
      const product = await newProduct(server, [
        { up: "CREATE TABLE a (i int)" },
        {
          up: "INSERT INTO a VALUES (1); VACUUM a; INSERT INTO none VALUES (1)",
          yaml: "transaction: none",
        },
      ]);
      await product.run().catch(() => {});
      const { status, stderr } = await runMigrator(["script", "up", ...product.args]);
      assert.equal(status, 5, stderr);
      assert.match(stderr, /history\/dirty[\s\S]*migrator repair 2 --db app/);
    });
  });
}

/** An operator = of that type which fails. */
function hostile(type: string): string {
  return `
    CREATE FUNCTION hostile.eq(${type}, ${type}) RETURNS boolean LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'hostile operator ran'; END $$;
    CREATE OPERATOR hostile.= (FUNCTION = hostile.eq, LEFTARG = ${type}, RIGHTARG = ${type});`;
}

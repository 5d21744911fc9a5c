import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { after, describe, test } from "node:test";
import {
  type Cluster,
  majors,
  type Server,
  sharedCluster,
  startCluster,
} from "../../support/cluster.ts";
import { type Finished, runMigrator } from "../../support/command.ts";
import { failureOf, newProduct, type Product } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

const LIST = [{ up: "CREATE TABLE t ()" }];

/** A product whose URL is that of a role that may nothing but connect. */
async function asRole(server: Server, role: string): Promise<Product> {
  const postgres = await server.createDatabase();
  await server.sql(
    postgres,
    `DO $$ BEGIN CREATE ROLE ${role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    GRANT ALL ON SCHEMA public TO ${role}`,
  );
  const url = server.url(postgres).replace("postgres@", `${role}@`);
  return await newProduct(server, LIST, { postgres, url });
}

for (const major of majors) {
  describe(`a role without rights, on PostgreSQL ${major}`, () => {
    test("is told what an administrator has to run, and that is enough", LIMIT, async () => {
      const product = await asRole(await sharedCluster(major), `poor_${major}`);
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "history/not-writable");
      assert.equal(failure.exit, 5);
      assert.match(failure.message, /permission denied for database .*SQLSTATE 42501/);
      const sql = /CREATE SCHEMA .*$/.exec(failure.hint ?? "")?.[0] ?? "";
      assert.equal(sql, `CREATE SCHEMA "migrator" AUTHORIZATION poor_${major}`);
      await product.sql(sql);
      assert.equal((await product.run()).done.length, 1);
    });

    test("is told that the history belongs to another", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await asRole(server, `poor_${major}`);
      const owners = await newProduct(server, LIST, { postgres: product.postgres });
      await owners.run();
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "history/not-readable");
      assert.equal(failure.exit, 5);
      for (const command of ["status", "up", "describe 1", "down 1"]) {
        const { status, stderr } = await runMigrator([...command.split(" "), ...product.args]);
        assert.equal(status, 5, stderr);
        assert.match(
          stderr,
          /error\[history\/not-readable\].*permission denied for schema migrator/,
        );
      }
      await product.sql(
        `GRANT USAGE ON SCHEMA migrator TO poor_${major};
        GRANT SELECT ON ALL TABLES IN SCHEMA migrator TO poor_${major}`,
      );
      assert.equal((await product.run()).done.length, 0);
      assert.equal((await product.run({ readers: ["late_reader"] })).done.length, 0);
      product.rewrite([...LIST, { up: "CREATE TABLE u ()" }]);
      const written = await failureOf(product.run());
      assert.equal(written.code, "history/not-writable");
      assert.match(written.hint ?? "", /Connect as postgres, the role that owns the schema/);
    });

    test("fails at the statement that it may not run, and nowhere else", LIMIT, async () => {
      const product = await asRole(await sharedCluster(major), `poor_${major}`);
      await product.sql(`CREATE SCHEMA migrator AUTHORIZATION poor_${major}; CREATE SCHEMA closed`);
      product.rewrite([...LIST, { up: "SELECT 1;\nCREATE TABLE closed.t ();" }]);
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "sql/statement-failed");
      assert.match(failure.message, /2_m2\/up\.sql:2:14, .*SQLSTATE 42501/);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f"]);
    });
  });

  describe(`a server that may not be written, on PostgreSQL ${major}`, () => {
    test("because its transactions begin read-only is refused", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), LIST);
      await product.sql(
        `ALTER DATABASE ${product.postgres} SET default_transaction_read_only = on`,
      );
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "connection/read-only");
      assert.equal(failure.exit, 3);
      assert.match(failure.message, /default_transaction_read_only is on/);
      assert.deepEqual(await product.sql("SELECT to_regnamespace('migrator') AS s"), [{ s: null }]);
    });
  });
}

describe("a standby", () => {
  const started = startCluster({ major: majors[0]! });
  after(async () => (await started).dispose());

  test(
    "is refused when there is something to do, and looked at when there is not",
    LIMIT,
    async () => {
      const server: Cluster = await started;
      const product = await newProduct(server, LIST);
      await product.run();
      await server.sql("postgres", "CREATE ROLE late_reader");
      const done = await server.sql("postgres", "CHECKPOINT");
      assert.deepEqual(done, []);
      await server.stop();
      fs.writeFileSync(path.join(server.dataDirectory, "standby.signal"), "");
      await server.start();
      assert.equal((await product.run()).done.length, 0);
      product.rewrite([...LIST, { up: "CREATE TABLE u ()" }]);
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "connection/read-only");
      assert.match(failure.message, /is a standby and can only be read/);
      assert.match(failure.hint ?? "", /target_session_attrs=read-write/);
      const status = await runMigrator(["status", ...product.args]);
      assert.match(status.stdout, /1 applied, 1 pending/);
      const shown = await runMigrator(["up", "--dry-run", ...product.args]);
      assert.equal(shown.status, 0, shown.stderr);
      assert.match(shown.stdout, /1 to run/);
    },
  );
});

describe("a server that does not let us in", () => {
  const CANARY = "canary-Zm9v";
  const started = startCluster({ major: majors[0]! });
  after(async () => (await started).dispose());

  const cases: readonly {
    readonly what: string;
    readonly url: (server: Server) => string;
    readonly code: string;
    readonly hint: RegExp;
  }[] = [
    {
      what: "a wrong password",
      url: (server) => server.url("postgres").replace("postgres@", `locked:${CANARY}@`),
      code: "connection/authentication",
      hint: /Check the role and its password/,
    },
    {
      what: "an unknown role",
      url: (server) => server.url("postgres").replace("postgres@", `nobody_here:${CANARY}@`),
      code: "connection/authentication",
      hint: /Check the role/,
    },
    {
      what: "an unknown database",
      url: (server) => server.url("no_such_database").replace("postgres@", `postgres:${CANARY}@`),
      code: "connection/no-such-database",
      hint: /createdb no_such_database/,
    },
    {
      what: "a server that is down",
      url: () => `postgres://postgres:${CANARY}@127.0.0.1:1/postgres`,
      code: "connection/refused",
      hint: /pg_isready -h 127\.0\.0\.1 -p 1/,
    },
    {
      what: "a host without an address",
      url: () => `postgres://postgres:${CANARY}@no-such-host.invalid/postgres`,
      code: "connection/host-not-found",
      hint: /getent hosts no-such-host\.invalid/,
    },
  ];
  for (const { what, url, code, hint } of cases) {
    test(`${what} exits 3 with a hint, and tells no password`, LIMIT, async () => {
      const server = await started;
      await server.sql(
        "postgres",
        `DO $$ BEGIN CREATE ROLE locked LOGIN PASSWORD 'other';
          EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      );
      const hba = path.join(server.dataDirectory, "pg_hba.conf");
      fs.writeFileSync(hba, `host all locked all scram-sha-256\n${fs.readFileSync(hba, "utf8")}`);
      await server.sql("postgres", "SELECT pg_reload_conf()");
      const product = await newProduct(server, LIST);
      const args = ["--migrations", product.directory, "--database-url", url(server)];
      const finished: Finished[] = await Promise.all([
        runMigrator(["up", ...args]),
        runMigrator(["status", ...args, "--json"]),
      ]);
      for (const { status, stdout, stderr } of finished) {
        assert.equal(status, 3, stdout + stderr);
        assert.ok(!(stdout + stderr).includes(CANARY), "the password was told");
        assert.ok((stdout + stderr).includes(code), stdout + stderr);
        assert.match(stdout + stderr, hint);
      }
    });
  }
});

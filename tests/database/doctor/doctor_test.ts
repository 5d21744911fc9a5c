import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import {
  type Cluster,
  majors,
  type Server,
  sharedCluster,
  startCluster,
} from "../../support/cluster.ts";
import { type Finished, runMigrator } from "../../support/command.ts";
import { newProduct, type Product, type Written } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };

const LIST: readonly Written[] = [
  { up: "CREATE EXTENSION IF NOT EXISTS citext", yaml: "privileged: true" },
  { up: "CREATE SCHEMA own; CREATE TABLE own.t ()" },
  { up: "CREATE TABLE t ()" },
];

/** `check level: found -> next` of all that is not ok. */
function troubles(finished: Finished): string[] {
  return finished.json().filter(({ event, level }) => event === "check" && level !== "ok")
    .map(({ check, level, found, next }) => `${check} ${level}: ${found} -> ${next}`);
}

function doctor({ directory, url }: Product, role = "postgres"): Promise<Finished> {
  return runMigrator([
    "doctor",
    "--json",
    "--migrations",
    directory,
    "--database-url",
    url.replace("postgres@", `${role}@`),
  ]);
}

/** A role that may log in, and nothing else. */
async function newRole(server: Server, name: string): Promise<string> {
  await server.sql(
    "postgres",
    `DO $$ BEGIN CREATE ROLE ${name} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
  );
  return name;
}

for (const major of majors) {
  describe(`doctor, on PostgreSQL ${major}`, () => {
    test(
      "finds a superuser's new database in good health, and changes nothing",
      LIMIT,
      async () => {
        const product = await newProduct(await sharedCluster(major), LIST);
        const finished = await doctor(product);
        assert.equal(finished.status, 0, finished.stdout);
        const checks = finished.json().filter(({ event }) => event === "check");
        assert.ok(checks.length >= 17, finished.stdout);
        assert.deepEqual(checks.filter(({ level }) => level === "fail"), []);
        const rows = await product.sql("SELECT FROM pg_namespace WHERE nspname = 'migrator'");
        assert.equal(rows.length, 0);
      },
    );

    test("names what a poor role lacks, and what is then run is enough", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, LIST);
      const role = await newRole(server, `doctor_poor_${major}`);
      await product.sql(
        `REVOKE ALL ON SCHEMA public FROM PUBLIC; ALTER ROLE ${role} IN DATABASE ` +
          `${product.postgres} SET statement_timeout = '40s'`,
      );
      const finished = await doctor(product, role);
      assert.equal(finished.status, 1, finished.stdout);
      const said = troubles(finished).filter((line) => line.includes(" fail: "));
      assert.match(said.join("\n"), /^rights fail: .*no schema migrator yet/m);
      assert.match(said.join("\n"), /^rights fail: .* as 2 \(m2\) does/m);
      assert.match(said.join("\n"), /^rights fail: no schema of the search_path exists/m);
      assert.match(said.join("\n"), /^extensions fail: citext is trusted/m);
      assert.match(finished.stdout, /statement_timeout = 40s \(of role \w+ in database \w+\)/);
      for (const line of said) {
        const sql = / -> Let an administrator run(?:, in that database)?: (.*)$/.exec(line)?.[1];
        assert.ok(sql, line);
        await product.sql(sql);
      }
      const after = await doctor(product, role);
      assert.equal(after.status, 0, after.stdout);
      const up = await runMigrator([
        "up",
        ...product.args.slice(0, 3),
        product.url.replace("postgres@", `${role}@`),
      ]);
      assert.equal(up.status, 0, up.stderr);
    });

    test("says what cannot be seen, with the GRANT that shows it", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, LIST);
      const role = await newRole(server, `doctor_blind_${major}`);
      const blind = troubles(await doctor(product, role)).join("\n");
      const hint = `Let an administrator run: GRANT pg_monitor TO ${role}`;
      assert.match(blind, /^server-directories warn: cannot be seen by this role: /m);
      assert.ok(blind.includes(hint), blind);
      await server.sql("postgres", `GRANT pg_monitor TO ${role}`);
      const seeing = troubles(await doctor(product, role)).join("\n");
      assert.doesNotMatch(seeing, /cannot be seen|pg_monitor/);
      await server.sql("postgres", `REVOKE pg_monitor FROM ${role}`);
    });

    test("finds what the history and its holder are in need of", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, LIST);
      await product.run();
      product.rewrite([...LIST, {
        up: "CREATE TABLE u ();\nSELECT 1/0",
        yaml: "transaction: none",
      }]);
      await product.run().catch(() => {});
      const dirty = await doctor(product);
      assert.equal(dirty.status, 1);
      assert.match(
        troubles(dirty).join("\n"),
        /^history fail: 4 \(m4\) is dirty.* migrator repair 4 --db app$/m,
      );
      product.rewrite([
        ...LIST.slice(0, 2),
        { up: "CREATE TABLE other ()" },
        { up: "SELECT pg_sleep(600)", yaml: "transaction: none", version: 5, parents: [3] },
      ]);
      const stop = new AbortController();
      const running = product.run({ signal: stop.signal }).catch(() => {});
      await until(async () => (await product.attempts()).includes("5 up ?"));
      const held = troubles(await doctor(product)).join("\n");
      assert.match(held, /^migration-lock warn: held by migrator .*migrator lock --db app$/m);
      assert.match(held, /^history warn: edited since it was applied: 3 \(m3\)/m);
      assert.match(held, /^history warn: 5 \(m5\) is being run/m);
      stop.abort(new Error("enough"));
      await running;
    });

    test("finds invalid indexes", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), LIST);
      await product.sql("CREATE TABLE d AS SELECT 1 AS x FROM generate_series(1, 2)");
      await product.sql('CREATE UNIQUE INDEX CONCURRENTLY "Di" ON d (x)').catch(() => {});
      assert.match(
        troubles(await doctor(product)).join("\n"),
        /^invalid-indexes warn: .* -> DROP INDEX CONCURRENTLY public\."Di"/m,
      );
    });

    test("looks at the server although the files are no good", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [{ up: "SELEC 1" }]);
      const { status, json, stdout } = await doctor(product);
      assert.equal(status, 1);
      const checks = json().filter(({ event }) => event === "check");
      assert.equal(checks[0]?.["check"], "migrations");
      assert.ok(checks.some(({ check, level }) => check === "server" && level === "ok"), stdout);
    });
  });
}

describe("doctor, on a server that is out of shape", () => {
  const clusters: Cluster[] = [];
  after(() => Promise.all(clusters.map((cluster) => cluster.dispose())));

  for (const major of majors) {
    test(`PostgreSQL ${major} finds all of it at once`, LIMIT, async () => {
      const cluster = await startCluster({
        major,
        settings: {
          autovacuum: "off",
          max_connections: "8",
          superuser_reserved_connections: "3",
          max_prepared_transactions: "2",
          max_wal_senders: "2",
          idle_in_transaction_session_timeout: "1min",
        },
      });
      clusters.push(cluster);
      const product = await newProduct(cluster, LIST);
      const role = await newRole(cluster, "narrow");
      await product.sql(`
        GRANT ALL ON SCHEMA public TO ${role};
        GRANT ALL ON DATABASE ${product.postgres} TO ${role};
        GRANT pg_monitor TO ${role};
        ALTER ROLE ${role} CONNECTION LIMIT 1;
        ALTER DATABASE ${product.postgres} SET default_transaction_read_only = on;
        SELECT pg_create_physical_replication_slot('forgotten', true)`);
      await cluster.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
      await cluster.sql("postgres", "SELECT pg_reload_conf()");
      const finished = await doctor(product, role);
      const said = troubles(finished).join("\n");
      assert.equal(finished.status, 1, said);
      for (
        const expected of [
          /^settings fail: .*ALTER DATABASE \w+ RESET default_transaction_read_only$/m,
          /^connection-slots fail: 1 free \(role narrow has CONNECTION LIMIT 1\).*LIMIT -1$/m,
          /^standbys fail: .*every COMMIT waits for ever/m,
          /^replication-slots warn: slot forgotten has no reader and keeps \d/m,
          /^autovacuum warn: /m,
        ]
      ) assert.match(said, expected);
      assert.match(finished.stdout, /idle_in_transaction_session_timeout = 1min \(of the server's/);
    });
  }

  test("a server that is not there is exit 3, also among others that are", LIMIT, async () => {
    const product = await newProduct(await sharedCluster(18), LIST);
    const url = "postgres://app@127.0.0.1:1/shop";
    const { status, json } = await doctor({ ...product, url });
    assert.equal(status, 3);
    assert.deepEqual(
      json().map(({ event, check, level, code }) => [event, check ?? code, level]),
      [["check", "server", "fail"], ["failed", "connection/refused", undefined]],
    );
  });

  test("embedded PostgreSQL has fewer checks", LIMIT, async () => {
    const product = await newProduct(await sharedCluster(18), LIST);
    const { status, json, stdout } = await doctor({ ...product, url: "pglite:memory" });
    assert.equal(status, 0, stdout);
    const checks = json().flatMap(({ check }) => check ?? []);
    assert.ok(checks.includes("extensions") && !checks.includes("standbys"), stdout);
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !await isSo(); tries++) {
    assert.ok(tries < 400, "waited twenty seconds for it");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

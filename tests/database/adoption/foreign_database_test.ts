import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import { withFolder } from "../../support/folder.ts";
import { connectorTo, newProduct } from "../../support/harness.ts";
import { findForeign } from "../../../src/adoption/find_foreign.ts";
import type { Script } from "../../../src/definition/migration/definition.ts";

/** How a table of the tool is made and filled, and what is to be said of it. */
const TOOLS: readonly { readonly tool: string; readonly sql: string; readonly says: RegExp }[] = [
  {
    tool: "golang-migrate",
    sql: `CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);
      INSERT INTO schema_migrations VALUES (17, true)`,
    says:
      /golang-migrate migrated it: public\.schema_migrations is at version 17 \(17 is failed: .*dirty/,
  },
  {
    tool: "golang-migrate",
    sql: `CREATE TABLE "Old migrations" (version bigint PRIMARY KEY, dirty boolean NOT NULL);
      INSERT INTO "Old migrations" VALUES (17, false)`,
    says: /public\."Old migrations" is at version 17\./,
  },
  {
    tool: "goose",
    sql: `CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL,
        is_applied boolean NOT NULL, tstamp timestamp DEFAULT now());
      INSERT INTO goose_db_version (version_id, is_applied)
      VALUES (0, true), (1, true), (2, true), (2, false)`,
    says: /goose migrated it: public\.goose_db_version is at version 1 \(1 migration\)/,
  },
  {
    tool: "dbmate",
    sql: `CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);
      INSERT INTO schema_migrations VALUES ('20240101000000')`,
    says: /dbmate migrated it/,
  },
  {
    tool: "flyway",
    sql: `CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50),
        description varchar(200), type varchar(20), script varchar(1000), checksum int,
        installed_by varchar(100), installed_on timestamp DEFAULT now(), execution_time int,
        success boolean);
      INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, success)
      VALUES (1, '1.1', 'a', 'SQL', 'V1_1__a.sql', true), (2, '2', 'b', 'SQL', 'V2__b.sql', false)`,
    says: /Flyway migrated it: .* is at version 2 \(2 migrations; 2 is failed: V2__b\.sql failed\)/,
  },
  {
    tool: "prisma",
    sql: `CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64),
        finished_at timestamptz, migration_name varchar(255), logs text, rolled_back_at timestamptz,
        started_at timestamptz DEFAULT now(), applied_steps_count int DEFAULT 0);
      INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
      VALUES ('a', 'c', '0_init', now())`,
    says: /version 0_init/,
  },
  {
    tool: "drizzle",
    sql: `CREATE SCHEMA drizzle;
      CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text, created_at bigint);
      INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('h', 1700000000000)`,
    says: /drizzle\.__drizzle_migrations/,
  },
  {
    tool: "hasura",
    sql: `CREATE SCHEMA hdb_catalog;
      CREATE TABLE hdb_catalog.hdb_version (version text, cli_state jsonb DEFAULT '{}');
      CREATE UNIQUE INDEX ON hdb_catalog.hdb_version ((version IS NOT NULL));
      INSERT INTO hdb_catalog.hdb_version
      VALUES ('48', '{"migrations": {"default": {"1700000000000": false}}}')`,
    says: /Hasura migrated it: .* is at version 1700000000000/,
  },
  {
    tool: "baseline",
    sql: `CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
      INSERT INTO alembic_version VALUES ('ae1027a6acf')`,
    says: /Alembic migrated it[^]*adopt --baseline VERSION/,
  },
];

const MIGRATIONS = {
  "shop/1_users.up.sql": "CREATE TABLE IF NOT EXISTS users (id bigint);\n",
  "shop/2_old.up.sql": "DROP TABLE IF EXISTS old_users;\n",
};

for (const major of majors) {
  describe(`a database without our history, on PostgreSQL ${major}`, () => {
    let server: Server;
    before(async () => {
      server = await sharedCluster(major);
    });

    /** Prepares a database with SQL, runs a command, and gives what it said. */
    const attempt = async (
      sql: string,
      { args = ["up"], files = MIGRATIONS, options = "" }: {
        readonly args?: readonly string[];
        readonly files?: Readonly<Record<string, string>>;
        readonly options?: string;
      } = {},
    ) => {
      const database = await server.createDatabase();
      if (sql !== "") await server.sql(database, sql);
      const url = server.url(database) + options;
      const finished = await withFolder(
        files,
        (root) => runMigrator([...args, "--migrations", root, "--database-url", url]),
      );
      return { ...finished, database };
    };

    for (const { tool, sql, says } of TOOLS) {
      test(`that ${tool} migrated is left alone: ${says}`, async () => {
        const { status, stderr, database } = await attempt(sql);
        assert.equal(status, 5, stderr);
        assert.match(stderr, /error\[history\/foreign\]/);
        assert.match(stderr, says);
        assert.match(stderr, tool === "baseline" ? /--baseline/ : new RegExp(`--from ${tool}`));
        const [row] = await server.sql(database, "SELECT to_regclass('public.users') AS t");
        assert.deepEqual({ ...row }, { t: null });
      });
    }

    const ACCEPTED: readonly (readonly [string, string])[] = [
      ["is empty", ""],
      ["has tables that no migration touches", "CREATE TABLE cities ()"],
      [
        "has the table in a schema that is not searched",
        "CREATE SCHEMA a; CREATE TABLE a.users ()",
      ],
      [
        "has an empty history of a tool",
        "CREATE TABLE schema_migrations (version bigint, dirty boolean)",
      ],
      [
        "has a service's history in a schema of its own",
        `CREATE SCHEMA auth; CREATE TABLE auth.schema_migrations (version varchar(255));
         INSERT INTO auth.schema_migrations VALUES ('1')`,
      ],
      [
        "has a table of that name from an extension",
        `CREATE EXTENSION pg_trgm; CREATE TABLE users (id bigint);
         ALTER EXTENSION pg_trgm ADD TABLE users`,
      ],
      ["has a view of that name that is dropped by none", "CREATE VIEW old_view AS SELECT 1"],
    ];
    for (const [state, sql] of ACCEPTED) {
      test(`is migrated when it ${state}`, async () => {
        const { status, stderr } = await attempt(sql);
        assert.equal(status, 0, stderr);
      });
    }

    const REFUSED: readonly {
      readonly state: string;
      readonly sql: string;
      readonly says: RegExp;
      readonly options?: string;
      readonly files?: Readonly<Record<string, string>>;
    }[] = [
      { state: "a table that is created", sql: "CREATE TABLE users ()", says: /public\.users/ },
      {
        state: "a table that is dropped",
        sql: "CREATE TABLE old_users ()",
        says: /public\.old_users \(which would be dropped\)/,
      },
      {
        state: "a table in the schema that the URL searches",
        sql: "CREATE SCHEMA app; CREATE TABLE app.users ()",
        options: "&options=-csearch_path%3Dapp",
        says: /app\.users/,
      },
      {
        state: "a table in the schema that the script searches",
        sql: "CREATE SCHEMA app; CREATE TABLE app.users ()",
        files: { "shop/1_a.up.sql": "SET LOCAL search_path = app;\nCREATE TABLE users ();\n" },
        says: /app\.users/,
      },
      {
        state: "a schema that is dropped",
        sql: "CREATE SCHEMA app; CREATE TABLE app.bills ()",
        files: { "shop/1_a.up.sql": "DROP SCHEMA IF EXISTS app CASCADE;\n" },
        says: /app\.bills \(which would be dropped\)/,
      },
      {
        state: "the tables of a restore without our rows",
        sql: `CREATE SCHEMA migrator; CREATE TABLE migrator.notes (); CREATE TABLE users ()`,
        says: /public\.users/,
      },
    ];
    for (const { state, sql, says, ...more } of REFUSED) {
      test(`is left alone when it has ${state}`, async () => {
        const { status, stderr } = await attempt(sql, more);
        assert.equal(status, 5, stderr);
        assert.match(stderr, says);
      });
    }

    test("may have what other databases of the product made", async () => {
      const files = {
        "one/1_users.up.sql": "CREATE TABLE IF NOT EXISTS users ();\n",
        "two/1_users.up.sql": "CREATE TABLE IF NOT EXISTS users ();\n",
      };
      const { status, stderr } = await attempt(
        `CREATE TABLE two_schema_migrations (version bigint, dirty boolean);
         INSERT INTO two_schema_migrations VALUES (0, false)`,
        { files, args: ["up", "--db", "one"] },
      );
      assert.equal(status, 0, stderr);
      // In one go: the second finds what the first has made.
      const both = await attempt("", { files });
      assert.equal(both.status, 0, both.stderr);
    });

    test("is looked at again under the lock", async () => {
      const database = await server.createDatabase();
      const args = ["up", "--database-url", server.url(database), "--migrations"];
      const slow = { "shop/1_slow.up.sql": "SELECT pg_sleep(15);\nSELECT 1 / 0;\n" };
      await withFolder(slow, (other) =>
        withFolder(MIGRATIONS, async (root) => {
          const first = startMigrator([...args, other]);
          await first.printed(/1 to run/);
          const second = startMigrator([...args, root]);
          await second.printed(/waiting/);
          await server.sql(database, "CREATE TABLE users ()");
          assert.equal((await first.finished).status, 7);
          const { status, stderr } = await second.finished;
          assert.equal(status, 5, stderr);
          assert.match(stderr, /public\.users/);
        }));
    });

    test("is not found where a runner of the same migrations has begun meanwhile", async () => {
      const product = await newProduct(server, [{ up: "CREATE TABLE mine ()" }]);
      await product.run();
      const script = (sql: string) =>
        ({
          statements: [{ start: 0, end: sql.length }],
          read: () => Promise.resolve(sql),
        }) as unknown as Script;
      const session = await (await connectorTo(product.url)).open({ applicationName: "test" });
      const found = () =>
        findForeign(session, {
          history: { schema: "migrator", database: "app" },
          siblings: [],
          scripts: [script("CREATE TABLE mine ()")],
        });
      try {
        assert.equal(await found(), undefined);
        await session.query("TRUNCATE migrator.migration_logs, migrator.migration_definitions");
        assert.deepEqual(
          (await found())?.tables.map(({ table }) => table.name),
          ["mine"],
        );
      } finally {
        await session.close();
      }
    });

    test("is not asked about once the history has rows", async () => {
      const { database } = await attempt("");
      await server.sql(database, "CREATE TABLE orders ()");
      await withFolder(
        { ...MIGRATIONS, "shop/3_orders.up.sql": "CREATE TABLE IF NOT EXISTS orders ();\n" },
        async (root) => {
          const args = ["--migrations", root, "--database-url", server.url(database)];
          const { status, stderr } = await runMigrator(["up", "--log-queries", ...args]);
          assert.equal(status, 0, stderr);
          assert.doesNotMatch(stderr, /json_build_object/);
        },
      );
    });

    test("is described by doctor and status", async () => {
      const doctor = await attempt("CREATE TABLE users ()", { args: ["doctor"] });
      assert.equal(doctor.status, 1, doctor.stderr);
      assert.match(doctor.stdout, /public\.users[^]*adopt --baseline/);
      const status = await attempt("CREATE TABLE users ()", { args: ["status"] });
      assert.equal(status.status, 0, status.stderr);
      assert.match(status.stdout, /public\.users[^]*adopt --baseline/);
    });
  });
}

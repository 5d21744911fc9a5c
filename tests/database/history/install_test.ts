import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { failureOf, newProduct, type Written } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };

const LIST: readonly Written[] = [
  { up: "CREATE TABLE t (id bigint PRIMARY KEY, n int)", down: "DROP TABLE t" },
];

const QUEUES: Written = {
  up: "INSERT INTO t SELECT generate_series(1, 10)",
  down: "DELETE FROM t",
  yaml: "queues: [fill]",
  background: {
    fill:
      "table: t\nsql: UPDATE t SET n = 1 WHERE batch()\ndown: UPDATE t SET n = NULL WHERE batch()\n",
  },
};

for (const major of majors) {
  describe(`tables of ours that are made, on PostgreSQL ${major}`, () => {
    test("are nobody else's to write, whatever the default privileges are", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, [...LIST, QUEUES]);
      await product.sql(
        `DO $$ BEGIN CREATE ROLE app_of_all; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app_of_all, PUBLIC;
        ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO app_of_all WITH GRANT OPTION;
        ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO app_of_all;
        ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO app_of_all;`,
      );
      const run = (...args: readonly string[]) => runMigrator([...args, ...product.args]);
      const up = await run("up");
      assert.equal(up.status, 0, up.stderr);
      const work = await run("background", "work");
      assert.equal(work.status, 0, work.stderr);
      assert.deepEqual(
        await product.sql(
          `SELECT c.relname, a.privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS a
          WHERE c.relnamespace = 'migrator'::regnamespace AND a.grantee <> c.relowner
            AND a.privilege_type <> 'SELECT'
          UNION ALL SELECT nspname, a.privilege_type FROM pg_namespace AS n, aclexplode(nspacl) AS a
          WHERE nspname = 'migrator' AND a.grantee <> nspowner AND a.privilege_type <> 'USAGE'`,
        ),
        [],
      );
      // What was given for reading stays.
      const [may] = await product.sql(
        `SELECT has_table_privilege('app_of_all', 'migrator.status', 'SELECT') AS may`,
      );
      assert.equal(may?.["may"], true);
      // An older program takes back what only the database keeps.
      product.rewrite([LIST[0]!]);
      const down = await run("down", "1");
      assert.equal(down.status, 0, down.stderr);
    });

    test("fail with all that the server said when an event trigger fails", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), LIST);
      await product.sql(
        `CREATE TABLE public.seen (what text);
        CREATE FUNCTION public.log_ddl() RETURNS event_trigger LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO seen VALUES (tg_tag); END $$;
        CREATE EVENT TRIGGER "Log DDL" ON ddl_command_end EXECUTE FUNCTION public.log_ddl();`,
      );
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "history/not-writable");
      assert.match(failure.message, /relation "seen" does not exist \(SQLSTATE 42P01\)/);
      assert.match(failure.message, /\nContext: PL\/pgSQL function public\.log_ddl\(\) line 1/);
      assert.match(failure.hint ?? "", /event triggers "Log DDL" \(function public\.log_ddl\(\)\)/);
      await product.sql("ALTER FUNCTION public.log_ddl() SET search_path = public");
      assert.equal((await product.run()).done.length, 1);
    });

    const damages: readonly {
      readonly what: string;
      readonly sql: string;
      readonly says: readonly string[];
    }[] = [
      {
        what: "the history was dropped by hand",
        sql: "DROP TABLE migrator.migration_logs CASCADE",
        says: ["migrator.migration_logs is missing"],
      },
      {
        what: "two of them were dropped",
        sql: `DROP TABLE migrator.databases CASCADE; DROP TABLE migrator.migration_definitions`,
        says: [
          "migrator.databases is missing",
          "migrator.migration_definitions is missing",
        ],
      },
      {
        what: "columns are missing or are others",
        sql: `ALTER TABLE migrator.databases DROP COLUMN fence CASCADE;
          ALTER TABLE migrator.databases ALTER COLUMN format TYPE bigint;
          ALTER TABLE migrator.migration_definitions DROP CONSTRAINT migration_definitions_pkey`,
        says: [
          "the column fence bigint",
          "format of type integer (it is bigint)",
          "migrator.migration_definitions lacks the primary key (database, version)",
        ],
      },
    ];
    for (const { what, sql, says } of damages) {
      test(`refuse everything, and say what is wrong, when ${what}`, LIMIT, async () => {
        const product = await newProduct(await sharedCluster(major), LIST);
        await product.run();
        await product.sql(sql);
        const failure = await failureOf(product.run());
        assert.equal(failure.code, "history/incomplete");
        assert.equal(failure.exit, 5);
        for (const one of says) assert.ok(failure.message.includes(one), failure.message);
        assert.match(failure.hint ?? "", /[Rr]estore what is missing from a backup/);
        const doctor = await runMigrator(["doctor", ...product.args]);
        assert.equal(doctor.status, 1, doctor.stderr);
        for (const one of says) assert.ok(doctor.stdout.includes(one), doctor.stdout);
        for (const command of ["status", "down 1", "plan", "repair"]) {
          const { status, stderr } = await runMigrator([...command.split(" "), ...product.args]);
          assert.equal(status, 5, `${command}: ${stderr}`);
        }
        // Nothing was made anew.
        assert.equal((await failureOf(product.run())).code, "history/incomplete");
      });
    }

    test("are not made beside those of another program", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), LIST);
      await product.sql(
        `CREATE SCHEMA migrator; CREATE TABLE migrator.databases (id int, name varchar);
        CREATE VIEW public.v AS SELECT 1`,
      );
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "history/incomplete");
      assert.match(failure.message, /migrator\.databases lacks name of type text/);
      assert.match(failure.hint ?? "", /`historySchema: NAME` in migrator\.yaml/);
      assert.equal((await runMigrator(["doctor", ...product.args])).status, 1);
      assert.deepEqual(
        await product.sql("SELECT to_regclass('migrator.migration_logs') AS made"),
        [{ made: null }],
      );
    });

    test("include the views, when they were dropped, also with nothing to do", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), LIST);
      await product.run();
      await product.sql("DROP VIEW migrator.dirty, migrator.status");
      assert.equal((await product.run()).done.length, 0);
      assert.deepEqual(await product.sql("SELECT version::text, state FROM migrator.status"), [
        { version: "1", state: "applied" },
      ]);
      assert.deepEqual(await product.sql("SELECT * FROM migrator.dirty"), []);
    });
  });
}

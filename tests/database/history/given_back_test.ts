import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HISTORY_SCHEMA } from "../../../src/history/schema.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { failureOf, newProduct } from "../../support/harness.ts";
import { asRole, EVIL, TRIGGER } from "./enemies.ts";

const LIMIT = { timeout: 60_000 };

const LIST = [{ up: "CREATE TABLE t ()", down: "DROP TABLE t" }];

/** What stays on tables that an administrator has given to the right role since. */
const LEFT_BEHIND: readonly {
  readonly what: string;
  readonly sql: string;
  readonly says: RegExp;
}[] = [
  {
    what: "a trigger",
    sql: `${TRIGGER} CREATE TRIGGER t BEFORE INSERT OR UPDATE ON migrator.databases
        FOR EACH ROW EXECUTE FUNCTION public.evil_trigger()`,
    says: /databases has the trigger t/,
  },
  {
    what: "a default",
    sql: "ALTER TABLE migrator.databases ALTER durable_fence SET DEFAULT public.evil()",
    says: /databases has a default that is not ours for column durable_fence/,
  },
  {
    what: "the right to add triggers",
    sql: "GRANT TRIGGER ON migrator.databases TO PUBLIC",
    says: /databases may be given triggers by PUBLIC/,
  },
];

/** One of each kind, as an administrator may have put them on the tables since. */
const ON_OUR_TABLES = `
  CREATE FUNCTION public.audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
  CREATE TRIGGER "Audit" AFTER INSERT OR UPDATE ON migrator.migration_logs
    FOR EACH ROW EXECUTE FUNCTION public.audit();
  CREATE TRIGGER disabled AFTER INSERT ON migrator.migration_logs
    FOR EACH ROW EXECUTE FUNCTION public.audit();
  ALTER TABLE migrator.migration_logs DISABLE TRIGGER disabled;
  ALTER TABLE migrator.migration_logs ADD CONSTRAINT "Odd check" CHECK (version > 0);
  ALTER TABLE migrator.migration_logs ADD CONSTRAINT no_twins
    EXCLUDE ((id + 1) WITH =) WHERE (id > 0);
  ALTER TABLE migrator.migration_logs ADD COLUMN twice bigint GENERATED ALWAYS AS (id * 2) STORED;
  CREATE INDEX over_expression ON migrator.databases ((fence + 1));
  CREATE STATISTICS public.s ON fence, format FROM migrator.databases;
  CREATE RULE r AS ON DELETE TO migrator.databases DO ALSO NOTHING;
  ALTER TABLE migrator.databases ALTER durable_fence SET DEFAULT public.evil();
  ALTER TABLE migrator.databases ADD COLUMN mood public.mood;
  ALTER TABLE migrator.databases ADD COLUMN stamp timestamptz DEFAULT now();
  GRANT TRIGGER ON migrator.databases TO PUBLIC;
  CREATE TABLE "My child" () INHERITS (migrator.migration_definitions);
  CREATE RULE gone AS ON UPDATE TO migrator.migration_definitions DO ALSO NOTHING;
  DROP RULE gone ON migrator.migration_definitions;`;

for (const major of majors) {
  describe(`tables that were given back, on PostgreSQL ${major}`, () => {
    for (const { what, sql, says } of LEFT_BEHIND) {
      test(`${what} that was left behind is found`, LIMIT, async () => {
        const product = await newProduct(await sharedCluster(major), LIST);
        await product.run();
        await product.sql(`${EVIL} ${sql}`);
        // Nothing to do: nothing is written, and nothing asked.
        assert.equal((await product.run()).done.length, 0);
        product.rewrite([...LIST, { up: "CREATE TABLE u ()" }]);
        const failure = await failureOf(product.run());
        assert.equal(failure.code, "history/untrusted");
        assert.match(failure.message, says);
        assert.deepEqual(await product.attempts(), ["1 up t"]);
      });
    }

    test(
      "all that was left behind is named at once, and its removal keeps the history",
      LIMIT,
      async () => {
        const product = await newProduct(await sharedCluster(major), LIST);
        await product.run();
        await product.sql(`${EVIL} CREATE TYPE public.mood AS ENUM ('x'); ${ON_OUR_TABLES}`);
        const before = await product.sql("SELECT * FROM migrator.migration_logs");
        product.rewrite([...LIST, { up: "CREATE TABLE u ()" }]);

        const failure = await failureOf(product.run());
        assert.equal(failure.code, "history/untrusted");
        const removals = failure.hint?.split("\n").slice(1).map((line) => line.trim()) ?? [];
        assert.doesNotMatch(failure.hint ?? "", /DROP TABLE/);
        assert.deepEqual(removals.sort(), [
          "ALTER TABLE migrator.databases ALTER COLUMN durable_fence SET DEFAULT 0;",
          "ALTER TABLE migrator.databases ALTER COLUMN mood TYPE text;",
          "ALTER TABLE migrator.databases ALTER COLUMN stamp DROP DEFAULT;",
          "ALTER TABLE migrator.migration_logs ALTER COLUMN twice DROP EXPRESSION;",
          'ALTER TABLE migrator.migration_logs DROP CONSTRAINT "Odd check";',
          "ALTER TABLE migrator.migration_logs DROP CONSTRAINT no_twins;",
          'ALTER TABLE public."My child" NO INHERIT migrator.migration_definitions;',
          "DROP INDEX migrator.over_expression;",
          "DROP RULE r ON migrator.databases;",
          "DROP STATISTICS public.s;",
          'DROP TRIGGER "Audit" ON migrator.migration_logs;',
          "REVOKE TRIGGER ON migrator.databases FROM PUBLIC;",
        ]);

        const doctor = await runMigrator(["doctor", ...product.args]);
        assert.equal(doctor.status, 1, doctor.stderr);
        for (const removal of removals) assert.ok(doctor.stdout.includes(removal), doctor.stdout);
        assert.doesNotMatch(doctor.stdout, /DROP TABLE/);

        for (const removal of failure.hint!.split("\n").slice(1)) await product.sql(removal);
        assert.equal((await product.run()).done.length, 1);
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up t"]);
        const after = await product.sql("SELECT * FROM migrator.migration_logs WHERE version = 1");
        assert.deepEqual(after, before);
      },
    );

    test(
      "row level security that does not bind us is no matter; what does, is named",
      LIMIT,
      async () => {
        const server = await sharedCluster(major);
        const postgres = await server.createDatabase();
        const url = await asRole(server, postgres, `honest_${major}`);
        const product = await newProduct(server, LIST, { postgres, url });
        await product.sql(
          `CREATE FUNCTION public.secure() RETURNS event_trigger LANGUAGE plpgsql AS $$
          DECLARE made record;
          BEGIN
            FOR made IN SELECT * FROM pg_event_trigger_ddl_commands()
                WHERE command_tag = 'CREATE TABLE' LOOP
              EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', made.object_identity);
            END LOOP;
          END $$;
        CREATE EVENT TRIGGER secure ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
          EXECUTE FUNCTION public.secure();`,
        );
        assert.equal((await product.run()).done.length, 1);
        assert.equal((await runMigrator(["status", ...product.args])).status, 0);
        assert.equal((await runMigrator(["down", "1", ...product.args])).status, 0);
        await product.sql(
          `ALTER TABLE migrator.databases FORCE ROW LEVEL SECURITY;
        ALTER TABLE migrator.migration_logs FORCE ROW LEVEL SECURITY`,
        );
        const failure = await failureOf(product.run());
        assert.equal(failure.code, "history/untrusted");
        assert.match(
          failure.hint ?? "",
          /\n {2}ALTER TABLE migrator\.databases NO FORCE ROW LEVEL SECURITY;\n {2}ALTER TABLE migrator\.migration_logs NO FORCE ROW LEVEL SECURITY;$/,
        );
        for (const removal of failure.hint!.split("\n").slice(1)) await product.sql(removal);
        assert.equal((await product.run()).done.length, 1);
      },
    );

    test("of a role whose rights the migrating one has are its own", LIMIT, async () => {
      const server = await sharedCluster(major);
      const postgres = await server.createDatabase();
      const owner = `group_${major}`;
      await asRole(server, postgres, owner);
      const url = await asRole(server, postgres, `member_${major}`);
      await server.sql(
        postgres,
        `GRANT ${owner} TO member_${major};
        CREATE SCHEMA ${HISTORY_SCHEMA} AUTHORIZATION ${owner}`,
      );
      const product = await newProduct(server, LIST, { postgres, url });
      assert.equal((await product.run()).done.length, 1);
      // What its fellows may have written is another matter.
      await product.sql(
        `ALTER TABLE migrator.migration_definitions OWNER TO ${owner};
        ALTER TABLE migrator.migration_logs OWNER TO ${owner}`,
      );
      assert.equal((await product.run()).done.length, 0);
      product.rewrite([{ version: 9, up: "CREATE TABLE u ()" }]);
      const { status, stderr } = await runMigrator(["down", "1", ...product.args]);
      assert.equal(status, 5, stderr);
      assert.match(stderr, new RegExp(`migration_logs belongs to role ${owner}`));
    });
  });
}

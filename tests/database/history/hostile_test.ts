import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HISTORY_SCHEMA } from "../../../src/history/schema.ts";
import { type Major, majors, type Server, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { failureOf, newProduct, type Product } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

const LIST = [{ up: "CREATE TABLE t ()", down: "DROP TABLE t" }];

/** A function that tells as whom it ran, and one that does so only when that is somebody else. */
const EVIL = `CREATE FUNCTION public.evil() RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'evil ran as %', CURRENT_USER; END $$;
  CREATE FUNCTION public.sleeper() RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS
  $$ BEGIN IF CURRENT_USER !~ '^thief' THEN PERFORM public.evil(); END IF; RETURN 1; END $$;`;

/** Our own tables, made by whoever was there first, open to everybody. */
const OURS = `
  CREATE TABLE migrator.databases (name text PRIMARY KEY, format integer NOT NULL,
    lock_key bigint NOT NULL, fence bigint NOT NULL, durable_fence bigint NOT NULL DEFAULT 0,
    run_started_at timestamptz NOT NULL, run_finished_at timestamptz, tool_version text NOT NULL);
  CREATE TABLE migrator.migration_logs (id bigint GENERATED ALWAYS AS IDENTITY,
    database text NOT NULL, version bigint NOT NULL, name text NOT NULL, direction text NOT NULL,
    transactional boolean NOT NULL, started_at timestamptz NOT NULL, finished_at timestamptz,
    success boolean, statements_done integer NOT NULL DEFAULT 0,
    nothing_done boolean NOT NULL DEFAULT false, error jsonb, checksum text NOT NULL,
    raw_checksum text NOT NULL, backfilled boolean NOT NULL DEFAULT false, fence bigint NOT NULL,
    tool_version text NOT NULL, who text NOT NULL, host text NOT NULL, client_pid integer NOT NULL,
    backend_pid integer NOT NULL, xid xid8, note text, definition_checksum text,
    PRIMARY KEY (database, version, id));
  INSERT INTO migrator.databases VALUES ('app', 2, 1, 1, 1, now(), now(), 'x');`;

const OPEN = `GRANT USAGE ON SCHEMA migrator TO PUBLIC;
  GRANT ALL ON ALL TABLES IN SCHEMA migrator TO PUBLIC;`;

const TRIGGER = `CREATE FUNCTION public.evil_trigger() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM public.evil(); RETURN NEW; END $$;`;

/** What a role with CREATE on the database may prepare, and the words that refuse it. */
const TRAPS: readonly {
  readonly what: string;
  readonly sql: string;
  /** What `up` says; reading only, `status` may be told lies instead. */
  readonly says: RegExp;
  readonly refusesToRead?: true;
}[] = [
  { what: "an empty schema", sql: "", says: /the schema "migrator" belongs to role/ },
  { what: "tables like ours", sql: OURS, says: /the schema "migrator" belongs to role/ },
  {
    what: "a view in the place of a table",
    sql: `CREATE VIEW migrator.databases AS SELECT 'app'::text AS name, 1::bigint AS fence,
      evil() AS durable_fence`,
    says: /databases is not a plain table/,
    refusesToRead: true,
  },
  {
    what: "a view in the place of the history",
    sql: `${OURS} DROP TABLE migrator.migration_logs;
      CREATE VIEW migrator.migration_logs AS SELECT evil() AS version`,
    says: /migration_logs is not a plain table/,
    refusesToRead: true,
  },
  {
    what: "a view of ours that is somebody's code",
    sql: `${OURS} CREATE VIEW migrator.status AS SELECT 'app'::text AS database, evil() AS version,
      'applied'::text AS state, 'up'::text AS direction`,
    says: /the schema "migrator" belongs to role/,
  },
  {
    what: "a policy",
    sql: `${OURS} ALTER TABLE migrator.databases ENABLE ROW LEVEL SECURITY;
      CREATE POLICY p ON migrator.databases USING (public.evil() > 0)`,
    says: /databases has row level security/,
    refusesToRead: true,
  },
  {
    what: "an index over a function",
    sql: `${OURS} CREATE INDEX ON migrator.databases ((public.sleeper()))`,
    says: /databases has an index over an expression/,
    refusesToRead: true,
  },
  {
    what: "a child",
    sql: `${OURS} CREATE TABLE migrator.child () INHERITS (migrator.migration_logs)`,
    says: /migration_logs is part of an inheritance tree/,
    refusesToRead: true,
  },
  {
    what: "a check",
    sql: `${OURS} ALTER TABLE migrator.migration_logs ADD CHECK (public.sleeper() > 0)`,
    says: /migration_logs has check constraints/,
    refusesToRead: true,
  },
  {
    what: "a type with a cast",
    sql: `${OURS} ALTER TABLE migrator.databases ADD COLUMN x public.mood`,
    says: /databases has columns of types that are not PostgreSQL's own/,
    refusesToRead: true,
  },
  {
    what: "a rule",
    sql: `${OURS} CREATE RULE r AS ON INSERT TO migrator.databases DO ALSO SELECT public.evil()`,
    says: /databases has rules/,
    refusesToRead: true,
  },
  {
    what: "a trigger",
    sql: `${OURS} ${TRIGGER} CREATE TRIGGER t BEFORE INSERT OR UPDATE ON migrator.databases
      FOR EACH ROW EXECUTE FUNCTION public.evil_trigger()`,
    says: /the schema "migrator" belongs to role/,
  },
  {
    what: "a default",
    sql: `${OURS} ALTER TABLE migrator.databases ALTER durable_fence SET DEFAULT public.evil()`,
    says: /the schema "migrator" belongs to role/,
  },
];

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
    says: /databases has triggers/,
  },
  {
    what: "a default",
    sql: "ALTER TABLE migrator.databases ALTER durable_fence SET DEFAULT public.evil()",
    says: /databases has a column default that is not ours/,
  },
  {
    what: "the right to add triggers",
    sql: "GRANT TRIGGER ON migrator.databases TO PUBLIC",
    says: /databases may be given triggers by other roles/,
  },
];

async function asRole(server: Server, postgres: string, role: string): Promise<string> {
  await server.sql(
    postgres,
    `DO $$ BEGIN CREATE ROLE ${role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    GRANT CREATE ON DATABASE ${postgres} TO ${role}; GRANT ALL ON SCHEMA public TO ${role};`,
  );
  return server.url(postgres).replace("postgres@", `${role}@`);
}

/** A product in a database where a thief was first. */
async function robbed(
  { major, victim, sql }: {
    readonly major: Major;
    readonly victim: "postgres" | "honest";
    readonly sql: string;
  },
): Promise<Product> {
  const server = await sharedCluster(major);
  const postgres = await server.createDatabase();
  const thief = `thief_${major}`;
  await asRole(server, postgres, thief);
  const url = victim === "postgres"
    ? server.url(postgres)
    : await asRole(server, postgres, `honest_${major}`);
  const product = await newProduct(server, LIST, { postgres, url });
  await product.sql(
    `SET SESSION AUTHORIZATION ${thief}; ${EVIL} CREATE TYPE public.mood AS ENUM ('x');
    CREATE SCHEMA migrator; ${sql}; ${OPEN}`,
  );
  return product;
}

for (const major of majors) {
  for (const victim of ["postgres", "honest"] as const) {
    describe(`a thief who was first, and ${victim}, on PostgreSQL ${major}`, () => {
      for (const { what, sql, says, refusesToRead } of TRAPS) {
        test(`${what} runs nothing and is refused by name`, LIMIT, async () => {
          const product = await robbed({ major, victim, sql });
          const failure = await failureOf(product.run());
          assert.equal(failure.code, "history/untrusted", failure.message);
          assert.equal(failure.exit, 5);
          assert.match(failure.message, says);
          assert.match(failure.message + failure.hint, new RegExp(`role "thief_${major}"`));
          assert.ok(failure.hint);
          const status = await runMigrator(["status", ...product.args]);
          assert.doesNotMatch(status.stdout + status.stderr, /evil ran/);
          assert.equal(status.status, refusesToRead ? 5 : 0, status.stderr);
          if (refusesToRead) assert.match(status.stderr, /error\[history\/untrusted\]/);
          const others = await Promise.all([
            runMigrator(["repair", ...product.args]),
            runMigrator(["describe", "1", ...product.args]),
          ]);
          for (const { stdout, stderr } of others) {
            assert.doesNotMatch(stdout + stderr, /evil ran/);
            if (refusesToRead) assert.match(stderr, /error\[history\/untrusted\]/);
          }
          assert.deepEqual(await product.sql("SELECT to_regclass('t') AS t"), [{ t: null }]);
        });
      }
    });
  }

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
      assert.match(stderr, new RegExp(`it belongs to role "${owner}", and this run is "member`));
    });
  });
}

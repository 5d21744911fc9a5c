import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Major, majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { failureOf, newProduct, type Product } from "../../support/harness.ts";
import { asRole, EVIL, TRIGGER } from "./enemies.ts";

const LIMIT = { timeout: 60_000 };

const LIST = [{ up: "CREATE TABLE t ()", down: "DROP TABLE t" }];

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

/** What a role with CREATE on the database may prepare, and the words that refuse it. */
const TRAPS: readonly {
  readonly what: string;
  readonly sql: string;
  /** What `up` says; reading only, `status` may be told lies instead. */
  readonly says: RegExp;
  readonly refusesToRead?: "from everybody" | "from lesser roles";
}[] = [
  { what: "an empty schema", sql: "", says: /the schema migrator belongs to role/ },
  { what: "tables like ours", sql: OURS, says: /the schema migrator belongs to role/ },
  {
    what: "a view in the place of a table",
    sql: `CREATE VIEW migrator.databases AS SELECT 'app'::text AS name, 1::bigint AS fence,
      evil() AS durable_fence`,
    says: /databases is not a plain table/,
    refusesToRead: "from everybody",
  },
  {
    what: "a view in the place of the history",
    sql: `${OURS} DROP TABLE migrator.migration_logs;
      CREATE VIEW migrator.migration_logs AS SELECT evil() AS version`,
    says: /migration_logs is not a plain table/,
    refusesToRead: "from everybody",
  },
  {
    what: "a view of ours that is somebody's code",
    sql: `${OURS} CREATE VIEW migrator.status AS SELECT 'app'::text AS database, evil() AS version,
      'applied'::text AS state, 'up'::text AS direction`,
    says: /the schema migrator belongs to role/,
  },
  {
    what: "a policy",
    sql: `${OURS} ALTER TABLE migrator.databases ENABLE ROW LEVEL SECURITY;
      CREATE POLICY p ON migrator.databases USING (public.evil() > 0)`,
    // A superuser is exempt from it, and its expressions are not run for one.
    says: /the schema migrator belongs to role|databases has row level security/,
    refusesToRead: "from lesser roles",
  },
  {
    what: "an index over a function",
    sql: `${OURS} CREATE INDEX ON migrator.databases ((public.sleeper()))`,
    says: /databases has an index over an expression/,
    refusesToRead: "from everybody",
  },
  {
    what: "a child",
    sql: `${OURS} CREATE TABLE migrator.child () INHERITS (migrator.migration_logs)`,
    says: /migration_logs has the child migrator\.child/,
    refusesToRead: "from everybody",
  },
  {
    what: "a check",
    sql: `${OURS} ALTER TABLE migrator.migration_logs ADD CHECK (public.sleeper() > 0)`,
    says: /migration_logs has the check constraint/,
    refusesToRead: "from everybody",
  },
  {
    what: "a type with a cast",
    sql: `${OURS} ALTER TABLE migrator.databases ADD COLUMN x public.mood`,
    says: /databases has the column x of type public\.mood, which is not PostgreSQL's own/,
    refusesToRead: "from everybody",
  },
  {
    what: "a rule",
    sql: `${OURS} CREATE RULE r AS ON INSERT TO migrator.databases DO ALSO SELECT public.evil()`,
    says: /databases has the rule r/,
    refusesToRead: "from everybody",
  },
  {
    what: "a trigger",
    sql: `${OURS} ${TRIGGER} CREATE TRIGGER t BEFORE INSERT OR UPDATE ON migrator.databases
      FOR EACH ROW EXECUTE FUNCTION public.evil_trigger()`,
    says: /the schema migrator belongs to role/,
  },
  {
    what: "a default",
    sql: `${OURS} ALTER TABLE migrator.databases ALTER durable_fence SET DEFAULT public.evil()`,
    says: /the schema migrator belongs to role/,
  },
];

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
          assert.match(failure.message + failure.hint, new RegExp(`role thief_${major}`));
          assert.ok(failure.hint);
          const status = await runMigrator(["status", ...product.args]);
          assert.doesNotMatch(status.stdout + status.stderr, /evil ran/);
          const isRefused = refusesToRead === "from everybody" ||
            refusesToRead !== undefined && victim !== "postgres";
          assert.equal(status.status, isRefused ? 5 : 0, status.stderr);
          if (isRefused) assert.match(status.stderr, /error\[history\/untrusted\]/);
          const others = await Promise.all([
            runMigrator(["repair", ...product.args]),
            runMigrator(["describe", "1", ...product.args]),
          ]);
          for (const { stdout, stderr } of others) {
            assert.doesNotMatch(stdout + stderr, /evil ran/);
            if (isRefused) assert.match(stderr, /error\[history\/untrusted\]/);
          }
          assert.deepEqual(await product.sql("SELECT to_regclass('t') AS t"), [{ t: null }]);
        });
      }
    });
  }
}

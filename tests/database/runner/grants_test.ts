import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { missingPrivilege } from "../../../src/runner/context/missing_right.ts";
import { type Major, majors, type Server, sharedCluster } from "../../support/cluster.ts";
import { type Finished, runMigrator } from "../../support/command.ts";
import {
  concurrently,
  eventually,
  failureOf,
  lockBackend,
  newProduct,
  type Product,
  type Written,
} from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };

const LIST: readonly Written[] = [
  { up: "CREATE TABLE t (id bigint)", down: "DROP TABLE t" },
  concurrently("CREATE INDEX CONCURRENTLY t_id ON t (id)", { down: "DROP INDEX t_id" }),
  { up: "INSERT INTO t VALUES (1)", down: "DELETE FROM t", yaml: "transaction: none" },
];

async function createRole(server: Server, role: string): Promise<void> {
  await server.sql(
    "postgres",
    `DO $$ BEGIN CREATE ROLE ${role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
  );
}

/** A product whose URL is that of a plain role; what an administrator did first, is said in SQL. */
async function asRole(
  server: Server,
  role: string,
  { first, list = LIST }: {
    readonly first: (postgres: string) => string;
    readonly list?: readonly Written[];
  },
): Promise<Product> {
  await createRole(server, role);
  const postgres = await server.createDatabase();
  await server.sql(postgres, first(postgres));
  const url = server.url(postgres).replace("postgres@", `${role}@`);
  return await newProduct(server, list, { postgres, url });
}

const well = ({ status, stdout, stderr }: Finished) => assert.equal(status, 0, stdout + stderr);

for (const major of majors) {
  const role = `plain_${major}`;
  const ownsSchema = `CREATE SCHEMA migrator AUTHORIZATION ${role};
    GRANT ALL ON SCHEMA public TO ${role};`;

  describe(`a role that may no more than it must, on PostgreSQL ${major}`, () => {
    const ways: readonly { readonly what: string; readonly first: (postgres: string) => string }[] =
      [
        {
          what: "CREATE on its database",
          first: (postgres) =>
            `GRANT CREATE ON DATABASE ${postgres} TO ${role}; GRANT ALL ON SCHEMA public TO ${role}`,
        },
        { what: "a schema that an administrator made", first: () => ownsSchema },
        {
          what: "a schema of the administrator's that it may use",
          first: () =>
            `CREATE SCHEMA migrator; GRANT USAGE, CREATE ON SCHEMA migrator TO ${role};
            GRANT ALL ON SCHEMA public TO ${role}`,
        },
      ];
    for (const { what, first } of ways) {
      test(`lives its whole life with ${what}`, LIMIT, async () => {
        const product = await asRole(await sharedCluster(major), role, { first });
        const run = (...args: readonly string[]) => runMigrator([...args, ...product.args]);
        well(await run("up"));
        well(await run("up"));
        well(await run("status", "--exit-code"));
        well(await run("describe", "2"));
        well(await run("redo"));
        well(await run("down", "--target", "1"));
        well(await run("log", "add", "2", "--up", "--reason", "made by hand"));
        well(await run("log", "add", "2", "--down", "--reason", "it was not"));
        well(await run("up"));
        // With an older program: two of them only the database knows.
        product.rewrite(LIST.slice(0, 1));
        well(await run("down", "3"));
        assert.deepEqual((await product.attempts()).slice(-3), [
          "3 down t",
          "2 down t",
          "1 down t",
        ]);
      });
    }

    test("is told what lets it into an empty schema of another's", LIMIT, async () => {
      const product = await asRole(await sharedCluster(major), role, {
        first: () =>
          `CREATE SCHEMA migrator; GRANT USAGE ON SCHEMA migrator TO ${role};
          GRANT ALL ON SCHEMA public TO ${role}`,
      });
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "history/not-writable");
      const [grant] = /GRANT .*$/.exec(failure.hint ?? "") ?? [];
      assert.equal(grant, `GRANT USAGE, CREATE ON SCHEMA "migrator" TO ${role}`);
      await product.sql(grant);
      assert.equal((await product.run()).done.length, 3);
    });

    test("is told the GRANT of CONNECT that it lacks", LIMIT, async () => {
      const product = await asRole(await sharedCluster(major), role, {
        first: (postgres) => `${ownsSchema} REVOKE CONNECT ON DATABASE ${postgres} FROM PUBLIC`,
      });
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "connection/not-permitted");
      assert.equal(failure.exit, 3);
      const [grant] = /GRANT CONNECT .*$/.exec(failure.hint ?? "") ?? [];
      assert.equal(grant, `GRANT CONNECT ON DATABASE "${product.postgres}" TO "${role}"`);
      await product.sql(grant);
      assert.equal((await product.run()).done.length, 3);
    });

    const lacks: readonly {
      readonly what: string;
      readonly first: string;
      readonly up: string;
      readonly sql: (postgres: string) => string;
      /** Default: any. */
      readonly since?: Major;
    }[] = [
      {
        what: "rights on a schema",
        first: "CREATE SCHEMA closed",
        up: "CREATE TABLE closed.t ()",
        sql: () => `GRANT USAGE, CREATE ON SCHEMA closed TO "${role}"`,
      },
      {
        what: "rights on the schema public",
        first: `REVOKE CREATE ON SCHEMA public FROM ${role}, PUBLIC`,
        up: "CREATE TABLE public.t ()",
        sql: () => `GRANT USAGE, CREATE ON SCHEMA public TO "${role}"`,
      },
      {
        what: "CREATE on the database",
        first: "",
        up: "CREATE SCHEMA more",
        sql: (postgres) => `GRANT CREATE ON DATABASE ${postgres} TO "${role}"`,
      },
      {
        what: "a table that another owns",
        first: "CREATE TABLE theirs ()",
        up: "ALTER TABLE theirs ADD x int",
        sql: () => `ALTER TABLE theirs OWNER TO "${role}"`,
      },
      {
        what: "a view that another owns",
        first: `CREATE VIEW v AS SELECT 1 AS a`,
        up: "DROP VIEW v",
        sql: () => `ALTER VIEW v OWNER TO "${role}"`,
      },
      {
        what: "rights on a table",
        first: "CREATE TABLE theirs (a int)",
        up: "INSERT INTO theirs VALUES (1)",
        sql: () => `GRANT ALL ON TABLE theirs TO "${role}"`,
      },
      {
        what: "rights on a sequence with a name of its own",
        first: 'CREATE SEQUENCE "My Numbers"',
        up: `SELECT nextval('"My Numbers"')`,
        sql: () => `GRANT ALL ON SEQUENCE "My Numbers" TO "${role}"`,
      },
    ];
    for (const { what, first, up, sql } of lacks) {
      test(`is told what gives it ${what}, and that is enough`, LIMIT, async () => {
        const product = await asRole(await sharedCluster(major), role, {
          first: () => `${ownsSchema} ${first}`,
          list: [{ up: `SELECT 1;\n${up}` }],
        });
        const failure = await failureOf(product.run());
        assert.equal(failure.code, "sql/statement-failed");
        assert.equal(failure.exit, 7);
        const hint = failure.hint ?? "";
        assert.ok(hint.includes(`run: ${sql(product.postgres)}`), `${failure.message}\n${hint}`);
        assert.match(hint, /rolled back as a whole/);
        await product.sql(sql(product.postgres));
        assert.equal((await product.run()).done.length, 1);
      });
    }

    test(
      "sees that another role holds the lock, without what is not for its eyes",
      LIMIT,
      async () => {
        const server = await sharedCluster(major);
        const product = await asRole(server, role, {
          first: () => ownsSchema,
          list: [{ up: "CREATE TABLE t ()" }],
        });
        await product.run();
        product.rewrite([{ up: "CREATE TABLE t ()" }, { up: "SELECT pg_sleep(3)" }]);
        // The holder has the waiter's rights, and not the other way round.
        await createRole(server, `deputy_${major}`);
        await server.sql(product.postgres, `GRANT ${role} TO deputy_${major}`);
        const deputy = await newProduct(server, [], {
          postgres: product.postgres,
          url: server.url(product.postgres).replace("postgres@", `deputy_${major}@`),
        });
        const running = runMigrator([
          "up",
          "--migrations",
          product.directory,
          "--database-url",
          deputy.url,
        ]);
        await eventually(async () => await lockBackend(product) !== undefined, {
          what: "the lock",
        });
        const failure = await failureOf(product.run({ lockWait: 0 }));
        assert.equal(failure.code, "lock/held");
        assert.match(failure.message, new RegExp(`pid \\d+.*deputy_${major}`));
        well(await running);
      },
    );
  });
}

describe("a refusal for want of a right", () => {
  const cases: readonly [message: string, says: string | RegExp][] = [
    ["must be owner of relation t", 'ALTER TABLE t OWNER TO "r"'],
    ["must be owner of materialized view m", 'ALTER MATERIALIZED VIEW m OWNER TO "r"'],
    ["must be owner of function f(integer)", 'ALTER FUNCTION f(integer) OWNER TO "r"'],
    ["must be owner of extension x", /no other way to change hands/],
    ["permission denied for language c", 'GRANT USAGE ON LANGUAGE c TO "r"'],
    ["permission denied for type mood", 'GRANT USAGE ON TYPE mood TO "r"'],
    ["permission denied to create role", /^Role "r" lacks a right/],
    ["keine Berechtigung für Schema closed", /^Role "r" lacks a right/],
  ];
  for (const [message, says] of cases) {
    test(`“${message}” has an answer`, () => {
      const told = missingPrivilege({ sqlstate: "42501", severity: "ERROR", message }, "r");
      if (typeof says === "string") assert.ok(told.endsWith(`run: ${says}`), told);
      else assert.match(told, says);
    });
  }
});

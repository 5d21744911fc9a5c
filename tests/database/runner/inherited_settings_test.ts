import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planUp } from "../../../src/plan/up.ts";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { concurrently, newProduct, runningBackend } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

/** As short as no run could live with. */
const TINY: Readonly<
  Record<string, { readonly value: string; readonly usual: string; readonly since?: number }>
> = {
  statement_timeout: { value: "500ms", usual: "0" },
  lock_timeout: { value: "1ms", usual: "0" },
  idle_in_transaction_session_timeout: { value: "1s", usual: "0" },
  idle_session_timeout: { value: "1s", usual: "0", since: 14 },
  transaction_timeout: { value: "1500ms", usual: "0", since: 17 },
  default_transaction_isolation: { value: "serializable", usual: "read committed" },
  default_transaction_deferrable: { value: "on", usual: "off" },
};

/** A role of its own that may create in the database; its URL, and the settings it was given. */
async function roleWith(
  server: Server,
  { postgres, scope }: { readonly postgres: string; readonly scope: "role" | "database" },
): Promise<{ readonly url: string; readonly names: readonly string[] }> {
  const role = `tiny_${postgres}`;
  const whose = scope === "role" ? `ROLE ${role}` : `DATABASE ${postgres}`;
  const names = Object.keys(TINY).filter((name) => server.major >= (TINY[name]!.since ?? 0));
  await server.sql(
    "postgres",
    `CREATE ROLE ${role} LOGIN; GRANT CREATE ON DATABASE ${postgres} TO ${role}; ` +
      names.map((name) =>
        `ALTER ${whose} SET ${name} = '${TINY[name]!.value}';
        ALTER ROLE postgres IN DATABASE ${postgres} SET ${name} = '${TINY[name]!.usual}'`
      ).join("; "),
  );
  await server.sql(postgres, "GRANT ALL ON SCHEMA public TO PUBLIC");
  const url = new URL(server.url(postgres));
  url.username = role;
  return { url: url.href, names };
}

for (const major of majors) {
  describe(`settings that a session has from its role or database, on PostgreSQL ${major}`, () => {
    for (const scope of ["role", "database"] as const) {
      test(`end neither statement, wait nor session: of the ${scope}`, LIMIT, async () => {
        const server = await sharedCluster(major);
        const postgres = await server.createDatabase();
        const { url, names } = await roleWith(server, { postgres, scope });
        const product = await newProduct(server, [
          { up: "CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 500)" },
          concurrently("CREATE INDEX CONCURRENTLY i ON t (a)"),
          { up: "SELECT pg_sleep(1.8)" },
          { up: "SELECT pg_sleep(1.8); CREATE TABLE u ()", yaml: "transaction: none" },
          { up: "ALTER TABLE t ADD b int" },
          { up: "REINDEX TABLE CONCURRENTLY t" },
        ], { postgres, url });
        await product.run({ plan: (input) => planUp(input, [1n]) });
        // The build waits for it, long past every timeout.
        const writing = product.sql(
          `BEGIN; INSERT INTO t VALUES (0); SELECT pg_sleep(3); COMMIT`,
        );
        await runningBackend(product, "pg_sleep(3)");
        let reading: Promise<unknown> | undefined;
        const inherited: { name: string; value: string; source: string; applies: boolean }[] = [];
        let retried = false;
        await product.run({
          lockTimeout: 50,
          report: (event) => {
            if (event.type === "inherited") {
              const { name, value, source, applies } = event;
              inherited.push({ name, value, source, applies });
            }
            retried ||= event.type === "retrying";
            // In the way of the ALTER TABLE, so that it has to wait between two tries.
            if (event.type === "applied" && event.step.version === 3n) {
              reading = product.sql(
                `BEGIN; LOCK TABLE t IN SHARE MODE; SELECT pg_sleep(5); COMMIT`,
              );
            }
          },
        });
        await writing;
        await reading;
        assert.deepEqual(await product.attempts(), [1, 2, 3, 4, 5, 6].map((n) => `${n} up t`));
        assert.deepEqual(
          inherited,
          names.filter((name) => name !== "default_transaction_deferrable").sort().map((name) => ({
            name,
            value: TINY[name]!.value,
            source: scope === "role" ? "user" : "database",
            applies: false,
          })),
        );
        assert.ok(retried);
      });
    }

    test("do not end those who wait for the lock", LIMIT, async () => {
      const server = await sharedCluster(major);
      const postgres = await server.createDatabase();
      const { url } = await roleWith(server, { postgres, scope: "role" });
      const product = await newProduct(server, [{ up: "SELECT pg_sleep(3)" }], { postgres, url });
      const first = product.run();
      await runningBackend(product, "pg_sleep(3)");
      const [second, third] = await Promise.all([product.run(), product.run()]);
      assert.equal((await first).done.length, 1);
      assert.deepEqual([second.done, third.done], [[], []]);
    });

    test("are told once to people and programs, and kept where they should be", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, [
        { up: "CREATE TABLE t (a int)" },
        { up: "SELECT pg_sleep(0.3)" },
      ]);
      const { postgres } = product;
      await server.sql(
        "postgres",
        `ALTER DATABASE ${postgres} SET statement_timeout = '90s';
        ALTER ROLE postgres IN DATABASE ${postgres} SET search_path = app, public;
        ALTER DATABASE ${postgres} SET default_transaction_isolation = 'repeatable read'`,
      );
      await product.sql("CREATE SCHEMA app");
      const first = await runMigrator(["up", "--target", "1", ...product.args]);
      assert.equal(first.status, 0, first.stderr);
      assert.deepEqual(
        first.stderr.split("\n").filter((line) => / (does not )?appl(y|ies) /.test(line)),
        [
          "app: the database's default_transaction_isolation = repeatable read does not apply to " +
          "migrations, which are READ COMMITTED",
          "app: the role's, in this database, search_path = app, public applies to migrations, too",
          "app: the database's statement_timeout = 90s does not apply to migrations",
        ],
      );
      const [row] = await product.sql("SELECT to_regclass('app.t') IS NOT NULL AS there");
      assert.equal(row?.["there"], true);
      const second = await runMigrator(["up", "--json", ...product.args]);
      const [event] = second.json().filter((line) => line["event"] === "inherited");
      assert.deepEqual(event, {
        event: "inherited",
        database: "app",
        name: "default_transaction_isolation",
        value: "repeatable read",
        source: "database",
        applies: false,
      });
      const third = await runMigrator(["up", "--json", ...product.args]);
      assert.doesNotMatch(third.stdout, /inherited/);
    });
  });
}

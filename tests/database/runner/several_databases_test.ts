import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { newProduct, writeMigrations } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

for (const major of majors) {
  describe(`several databases of one product, on PostgreSQL ${major}`, () => {
    test(
      "are brought up one by one; one that fails does not keep the others back",
      LIMIT,
      async () => {
        const server = await sharedCluster(major);
        const directory = writeMigrations({
          alpha: [{ up: "CREATE TABLE a ()" }],
          beta: [{ up: "CREATE TABLE b ()" }, { up: "SELECT 1 / 0" }],
          delta: [{ up: "CREATE TABLE d ()" }],
          gamma: [{ up: "CREATE TABLE c ()" }],
        });
        const names = await Promise.all([1, 2, 3].map(() => server.createDatabase()));
        const args = [
          "--migrations",
          directory,
          `--database-url=alpha=${server.url(names[0])}`,
          `--database-url=beta=${server.url(names[1])}`,
          `--database-url=delta=${server.url("no_such_database")}`,
          `--database-url=gamma=${server.url(names[2])}`,
        ];
        const { status, stdout, stderr } = await runMigrator(["up", ...args]);
        // That of the first failure, beta's; delta's would be 3.
        assert.equal(status, 7, stderr);
        assert.match(stdout, /alpha: applied 1/);
        assert.match(stdout, /gamma: applied 1/);
        assert.match(
          stderr,
          /error\[sql\/statement-failed\].*"beta".*\n[^]*error\[connection\/no-such-database\]/,
        );
        for (const [index, table] of ["a", "b", "c"].entries()) {
          const [row] = await server.sql(
            names[index]!,
            `SELECT to_regclass('${table}') IS NOT NULL AS t`,
          );
          assert.deepEqual({ ...row }, { t: true });
        }
        const json = await runMigrator(["up", "--json", ...args]);
        const last = json.json().at(-1);
        assert.deepEqual([last?.["event"], last?.["exit_code"]], ["failed", 7]);
        const only = await runMigrator(["up", "--db", "gamma,alpha", ...args]);
        assert.equal(only.status, 0, only.stderr);
        const delta = await runMigrator(["up", "--db", "delta", ...args]);
        assert.equal(delta.status, 3, delta.stderr);
      },
    );

    test("may lie over one another in one PostgreSQL database", LIMIT, async () => {
      const server = await sharedCluster(major);
      const postgres = await server.createDatabase();
      const directory = writeMigrations({
        one: [{ up: "CREATE TABLE one ()", down: "DROP TABLE one" }, { up: "SELECT 1" }],
        two: [{ up: "CREATE TABLE two ()", down: "DROP TABLE two" }],
      });
      const args = ["--migrations", directory, "--database-url", server.url(postgres)];
      assert.equal((await runMigrator(["up", ...args])).status, 0);
      const rows = await server.sql(
        postgres,
        "SELECT database, version::int, state FROM migrator.status ORDER BY 1, 2",
      );
      assert.deepEqual(rows.map((row) => Object.values(row).join(" ")), [
        "one 1 applied",
        "one 2 applied",
        "two 1 applied",
      ]);
      const ambiguous = await runMigrator(["down", "1", ...args]);
      assert.equal(ambiguous.status, 2, ambiguous.stderr);
      const down = await runMigrator(["down", "2", "--db", "one", ...args]);
      assert.equal(down.status, 0, down.stderr);
      const [left] = await server.sql(
        postgres,
        "SELECT to_regclass('one') AS one, to_regclass('two') IS NOT NULL AS two",
      );
      assert.deepEqual({ ...left }, { one: null, two: true });
    });

    test("may be started at once on one empty PostgreSQL database", LIMIT, async () => {
      const server = await sharedCluster(major);
      for (let repetition = 0; repetition < 8; repetition++) {
        const postgres = await server.createDatabase();
        const products = await Promise.all(
          ["one", "two", "three", "four"].map((database) =>
            newProduct(server, [{ up: `CREATE TABLE ${database} ()` }], { postgres, database })
          ),
        );
        const runs = await Promise.all(products.map((product) => product.run()));
        assert.deepEqual(runs.map(({ done }) => done.length), [1, 1, 1, 1]);
      }
    });

    test("do not wait for one another", LIMIT, async () => {
      const server = await sharedCluster(major);
      const postgres = await server.createDatabase();
      const [slow, quick] = await Promise.all([
        newProduct(server, [{ up: "SELECT pg_sleep(1.5)" }], { postgres, database: "slow" }),
        newProduct(server, [{ up: "SELECT 1" }], { postgres, database: "quick" }),
      ]);
      let isOver = false;
      const sleeping = slow.run().then(() => isOver = true);
      await quick.run();
      assert.ok(!isOver);
      await sleeping;
    });
  });
}

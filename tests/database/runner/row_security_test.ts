import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, test } from "node:test";
import { type Major, majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { failureOf, newProduct, type Product, type Written } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

const HIDDEN: Written = {
  up: `CREATE TABLE t (id int, n int);
    INSERT INTO t VALUES (1, 0);
    ALTER TABLE t ENABLE ROW LEVEL SECURITY;
    ALTER TABLE t FORCE ROW LEVEL SECURITY;`,
  down: "DROP TABLE t",
};

async function asPlainRole(major: Major, list: readonly Written[]): Promise<Product> {
  const server = await sharedCluster(major);
  const postgres = await server.createDatabase();
  const role = `bound_${major}`;
  await server.sql(
    postgres,
    `DO $$ BEGIN CREATE ROLE ${role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    GRANT CREATE ON DATABASE ${postgres} TO ${role}; GRANT ALL ON SCHEMA public TO ${role}`,
  );
  const url = server.url(postgres).replace("postgres@", `${role}@`);
  return await newProduct(server, list, { postgres, url });
}

for (const major of majors) {
  describe(`row level security that hides rows, on PostgreSQL ${major}`, () => {
    for (const yaml of ["", "transaction: none"]) {
      const how = yaml === "" ? "in a transaction" : "outside one";
      test(`makes an UPDATE fail ${how}, instead of changing nothing`, LIMIT, async () => {
        const product = await asPlainRole(major, [HIDDEN, { up: "UPDATE t SET n = 1", yaml }]);
        const failure = await failureOf(product.run());
        assert.equal(failure.code, "sql/statement-failed");
        assert.match(failure.message, /2_m2\/up\.sql:1:1, .*row-level security policy.*42501/);
        assert.match(failure.hint ?? "", /Row level security of table t hides rows .*BYPASSRLS/);
        const [row] = await product.sql("SELECT state FROM migrator.status WHERE version = 2");
        assert.equal(row?.["state"], "failed");
        product.rewrite([HIDDEN, { up: `SET row_security = on; UPDATE t SET n = 1`, yaml }]);
        assert.equal((await product.run()).done.length, 1);
      });
    }

    test("is applied where the settings say so", LIMIT, async () => {
      const product = await asPlainRole(major, [HIDDEN, { up: "UPDATE t SET n = 1" }]);
      fs.writeFileSync(
        path.join(product.directory, "migrator.yaml"),
        "migrations: .\nrowSecurity: apply\n",
      );
      const up = await runMigrator(["up", "--database-url", product.url], {
        cwd: product.directory,
      });
      assert.equal(up.status, 0, up.stderr);
    });
  });

  describe(`a migration that drops all that its role owns, on PostgreSQL ${major}`, () => {
    test("is told why it was rolled back", LIMIT, async () => {
      const product = await asPlainRole(major, [
        { up: "CREATE TABLE t ()" },
        { up: "SELECT 1;\nDROP OWNED BY CURRENT_USER;" },
      ]);
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "sql/statement-failed");
      assert.match(failure.hint ?? "", /has dropped the tables that keep its history/);
      assert.match(failure.hint ?? "", /Look at line 2: DROP OWNED BY CURRENT_USER\./);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f"]);
      assert.deepEqual(await product.sql("SELECT to_regclass('t')::text AS t"), [{ t: "t" }]);
    });

    test("is not what is told of a deferred trigger that lacks a right", LIMIT, async () => {
      const product = await asPlainRole(major, [{
        up: `CREATE TABLE t (id integer);
          CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN RAISE insufficient_privilege; END';
          CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION refuse();
          INSERT INTO t VALUES (1)`,
      }]);
      const failure = await failureOf(product.run());
      assert.match(failure.message, /COMMIT: .*42501[^]*Context: PL\/pgSQL function refuse\(\)/);
      assert.doesNotMatch(failure.hint ?? "", /keep its history/);
    });
  });
}

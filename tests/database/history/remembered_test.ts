import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planDown } from "../../../src/plan/down.ts";
import { type Major, majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { failureOf, newProduct, type Product } from "../runner/harness.ts";

const LIMIT = { timeout: 60_000 };

const OLD = [{ up: "CREATE TABLE t1 ()", down: "DROP TABLE t1" }];
const NEW = [
  ...OLD,
  { up: "CREATE TABLE t2 (); -- é🙂", down: "DROP TABLE t2; -- '\\é" },
  {
    up: "CREATE TABLE t3 ()",
    down: "DROP TABLE t3",
    yaml: "transaction: none",
  },
];

const back = (product: Product) =>
  product.run({
    plan: (situation) => planDown(situation, { kind: "targets", versions: [1n] }),
  });

/** Brought up by a newer program than the one whose files are there now. */
async function newerDatabase(major: Major, role?: string): Promise<Product> {
  const server = await sharedCluster(major);
  const postgres = await server.createDatabase();
  if (role) {
    await server.sql(
      postgres,
      `DO $$ BEGIN CREATE ROLE ${role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
      GRANT CREATE ON DATABASE ${postgres} TO ${role}; GRANT ALL ON SCHEMA public TO ${role}`,
    );
  }
  const url = role && server.url(postgres).replace("postgres@", `${role}@`);
  const product = await newProduct(server, NEW, { postgres, ...(url ? { url } : {}) });
  await product.run();
  product.rewrite(OLD);
  return product;
}

/** What makes the stored definitions untrustworthy, and the words that say so. */
const DISTRUST: readonly {
  readonly because: string;
  readonly sql: string;
  readonly says: RegExp;
}[] = [
  {
    because: "another role owns them",
    sql: "ALTER TABLE migrator.migration_definitions OWNER TO stranger",
    says: /it belongs to role "stranger"/,
  },
  {
    because: "another role may insert",
    sql: "GRANT INSERT ON migrator.migration_definitions TO stranger",
    says: /stranger may write it too/,
  },
  {
    because: "everybody may update",
    sql: "GRANT UPDATE ON migrator.migration_definitions TO PUBLIC",
    says: /PUBLIC may write it too/,
  },
  {
    because: "another role may update one column",
    sql: "GRANT UPDATE (down_sql, down_checksum) ON migrator.migration_definitions TO stranger",
    says: /stranger may write it too/,
  },
  {
    because: "another role may add triggers",
    sql: "GRANT TRIGGER ON migrator.migration_definitions TO stranger",
    says: /stranger may write it too/,
  },
];

for (const major of majors) {
  describe(`an older program with a newer database, on PostgreSQL ${major}`, () => {
    test("takes it back with what the database keeps", LIMIT, async () => {
      const product = await newerDatabase(major);
      const status = await runMigrator(["status", "--exit-code", ...product.args]);
      assert.equal(status.status, 0, status.stdout + status.stderr);
      assert.match(status.stdout, /1 applied, 2 newer/);
      const up = await runMigrator(["up", ...product.args]);
      assert.equal(up.status, 0, up.stderr);
      const shown = await runMigrator(["describe", "2", ...product.args]);
      assert.match(shown.stdout, /CREATE TABLE t2 \(\); -- é🙂/);
      const down = await runMigrator(["down", "--target", "1", ...product.args]);
      assert.equal(down.status, 0, down.stderr);
      assert.match(down.stdout, /took back 2 migrations/);
      const rows = await product.sql("SELECT relname FROM pg_class WHERE relname ~ '^t[0-9]$'");
      assert.deepEqual(rows, [{ relname: "t1" }]);
      assert.deepEqual((await product.attempts()).slice(3), ["3 down t", "2 down t"]);
    });

    test("does so as a role without other rights than its own", LIMIT, async () => {
      const product = await newerDatabase(major, `owner_${major}`);
      assert.equal((await back(product)).done.length, 2);
    });

    test("lets the newer one go on where it stopped", LIMIT, async () => {
      const product = await newerDatabase(major);
      await back(product);
      product.rewrite(NEW);
      assert.equal((await product.run()).done.length, 2);
    });

    for (const { because, sql, says } of DISTRUST) {
      test(`refuses what the database keeps when ${because}`, LIMIT, async () => {
        const server = await sharedCluster(major);
        await server.sql(
          "postgres",
          `DO $$ BEGIN CREATE ROLE stranger; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
        );
        const product = await newerDatabase(major);
        await product.sql(sql);
        const failure = await failureOf(back(product));
        assert.equal(failure.code, "history/untrusted");
        assert.equal(failure.exit, 5);
        assert.match(failure.message, says);
        const [row] = await product.sql("SELECT to_regclass('t3') IS NOT NULL AS kept");
        assert.deepEqual({ ...row }, { kept: true });
        // With its own files it needs nothing of that table.
        product.rewrite(NEW);
        assert.equal((await back(product)).done.length, 2);
      });
    }

    for (
      const column of ["down_sql = 'DROP TABLE t1'", "up_sql = 'SELECT 1'", "down_checksum = 'x'"]
    ) {
      test(`refuses what was tampered with: ${column}`, LIMIT, async () => {
        const product = await newerDatabase(major);
        await product.sql(`UPDATE migrator.migration_definitions SET ${column} WHERE version = 2`);
        const failure = await failureOf(back(product));
        assert.equal(failure.code, "history/damaged");
        assert.equal(failure.exit, 5);
        assert.equal((await product.attempts()).length, 3);
      });
    }

    test("says so when the database keeps nothing of a version", LIMIT, async () => {
      const product = await newerDatabase(major);
      await product.sql("DELETE FROM migrator.migration_definitions WHERE version = 2");
      const failure = await failureOf(back(product));
      assert.equal(failure.code, "history/definition-missing");
      assert.match(failure.message, /it has applied 2, of which/);
    });
  });
}

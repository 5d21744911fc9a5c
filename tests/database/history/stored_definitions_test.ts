import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseStatements } from "../../../src/sql/script_statements.ts";
import { tokenChecksum } from "../../../src/sql/checksum.ts";
import { planDown } from "../../../src/plan/down.ts";
import { type Major, majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { failureOf, newProduct, type Product } from "../../support/harness.ts";

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
    plan: (input) => planDown(input, { kind: "targets", versions: [1n] }),
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
  /** Then nothing is written beside it either. */
  readonly always?: true;
}[] = [
  {
    because: "another role owns them",
    sql: "ALTER TABLE migrator.migration_definitions OWNER TO stranger",
    says: /belongs to role "stranger"/,
    always: true,
  },
  {
    because: "the history belongs to another role",
    sql: "ALTER TABLE migrator.migration_logs OWNER TO stranger",
    says: /belongs to role "stranger"/,
    always: true,
  },
  {
    because: "another role may insert into the history",
    sql: "GRANT INSERT ON migrator.migration_logs TO stranger",
    says: /migration_logs: stranger may write it too/,
  },
  {
    because: "another role may delete from the history",
    sql: "GRANT DELETE ON migrator.migration_logs TO stranger",
    says: /migration_logs: stranger may write it too/,
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
    always: true,
  },
];

/** The token checksum of `DROP TABLE t1`, as whoever knows how would put it beside it. */
const FORGED = tokenChecksum("DROP TABLE t1", await parseStatements("DROP TABLE t1"));

const TAMPERING: readonly string[] = [
  "name = 'm3'",
  "parents = '{}'",
  `metadata = metadata || '{"lockTimeout": 0}'`,
  "up_path = 'elsewhere'",
  "up_sql = 'SELECT 1'",
  "up_transaction = 'none'",
  "up_checksum = 'x'",
  `up_sql = 'DROP TABLE t1', up_checksum = '${FORGED}'`,
  "down_path = 'elsewhere'",
  "down_sql = 'DROP TABLE t1'",
  "down_sql = NULL",
  "down_transaction = 'none'",
  "down_checksum = 'x'",
  `down_sql = 'DROP TABLE t1', down_checksum = '${FORGED}'`,
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

    for (const { because, sql, says, always } of DISTRUST) {
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
        if (always) assert.equal((await failureOf(back(product))).code, "history/untrusted");
        else assert.equal((await back(product)).done.length, 2);
      });
    }

    test("refuses what a member of pg_write_all_data may have written", {
      ...LIMIT,
      skip: major < 14,
    }, async () => {
      const server = await sharedCluster(major);
      const product = await newerDatabase(major);
      await server.sql("postgres", "CREATE ROLE etl; GRANT pg_write_all_data TO etl");
      try {
        const failure = await failureOf(back(product));
        assert.equal(failure.code, "history/untrusted");
        assert.match(failure.message, /etl may write it too, as a member of pg_write_all_data/);
      } finally {
        await server.sql("postgres", "DROP ROLE etl");
      }
      assert.equal((await back(product)).done.length, 2);
    });

    for (const change of TAMPERING) {
      test(`refuses what was tampered with: ${change}`, LIMIT, async () => {
        const product = await newerDatabase(major);
        await product.sql(`UPDATE migrator.migration_definitions SET ${change} WHERE version = 2`);
        const failure = await failureOf(back(product));
        assert.equal(failure.code, "history/damaged");
        assert.equal(failure.exit, 5);
        assert.match(failure.message, /migration 2 is not what was applied/);
        assert.equal((await product.attempts()).length, 3);
        // With its own files it needs nothing of that row.
        product.rewrite(NEW);
        assert.equal((await back(product)).done.length, 2);
      });
    }

    test("has a test of tampering for every column that decides what is run", LIMIT, async () => {
      const product = await newerDatabase(major);
      const rows = await product.sql(
        `SELECT attname AS name FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped
          AND attrelid = 'migrator.migration_definitions'::regclass`,
      );
      const changed = TAMPERING.flatMap((change) =>
        [...change.matchAll(/(\w+) = /g)]
          .map(([, name]) => name)
      );
      // Which row it is, when it was kept and by what: none of it is ever run.
      const other = ["database", "version", "stored_at", "tool_version"];
      const untested = rows.map(({ name }) => String(name))
        .filter((name) => !changed.includes(name) && !other.includes(name));
      assert.deepEqual(untested, []);
    });

    test("believes an older program's history as far as it goes", LIMIT, async () => {
      const product = await newerDatabase(major);
      await product.sql(
        "ALTER TABLE migrator.migration_logs DROP COLUMN definition_checksum CASCADE",
      );
      await product.sql("UPDATE migrator.databases SET format = 1");
      product.rewrite([...NEW, { up: "CREATE TABLE t4 ()" }]);
      await product.run();
      assert.deepEqual(await product.sql("SELECT format FROM migrator.databases"), [{ format: 2 }]);
      product.rewrite(OLD);
      const forged = "up_sql = 'SELECT 1;' || up_sql";
      await product.sql(`UPDATE migrator.migration_definitions SET ${forged} WHERE version = 2`);
      assert.equal((await failureOf(back(product))).code, "history/damaged");
      await product.sql("UPDATE migrator.migration_definitions SET up_sql = 'CREATE TABLE t2 ()'");
      assert.equal((await failureOf(back(product))).code, "history/damaged");
      await product.sql(
        "UPDATE migrator.migration_definitions SET up_sql = format('CREATE TABLE t%s ()', version)",
      );
      assert.equal((await back(product)).done.length, 3);
    });

    test("says so when the database keeps nothing of a version", LIMIT, async () => {
      const product = await newerDatabase(major);
      await product.sql("DELETE FROM migrator.migration_definitions WHERE version = 2");
      const failure = await failureOf(back(product));
      assert.equal(failure.code, "history/definition-missing");
      assert.match(failure.message, /it has applied 2, of which/);
    });
  });
}

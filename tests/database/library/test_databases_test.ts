import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import postgres from "postgres";
import { Failure } from "../../../src/failure.ts";
import {
  assertQueued,
  type TestDatabase,
  testDatabases,
  type TestDatabasesOptions,
} from "../../../src/library/test_databases.ts";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";
import { memory } from "../../support/application.ts";
import { newProduct, type Product } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

/** Each process of the suite has migrations of its own, so that it meets no prepared database. */
const mark = `SELECT '${crypto.randomUUID()}'`;

const migrations = {
  shop: [
    { version: 1, name: "customers", up: `CREATE TABLE customers (id int); ${mark}` },
    { version: 2, name: "first", up: "INSERT INTO customers VALUES (1)" },
  ],
};

const options = (changes: Partial<TestDatabasesOptions> = {}): TestDatabasesOptions => ({
  migrations,
  logger: memory().logger,
  ...changes,
});

/** Two databases at once, one of which is changed. */
async function assertSeparate(one: TestDatabase, other: TestDatabase): Promise<void> {
  await one.query("INSERT INTO customers VALUES (2)");
  const idsOf = async (database: TestDatabase) =>
    (await database.query("SELECT id FROM customers ORDER BY id")).map(({ id }) => id);
  assert.deepEqual(await idsOf(one), ["1", "2"]);
  assert.deepEqual(await idsOf(other), ["1"]);
}

describe("databases for tests, in memory", () => {
  test("have all migrations, and know nothing of each other", LIMIT, async () => {
    const databases = await testDatabases(options());
    const [one, other] = [await databases.create(), await databases.create()];
    await assertSeparate(one, other);
    const { rows } = await one.pglite!.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM customers",
    );
    assert.deepEqual(rows.map(({ n }) => n), [2]);
    await databases.close();
  });

  test("refuse several databases of a product", LIMIT, async () => {
    await assert.rejects(
      testDatabases(options({ migrations: { ...migrations, other: migrations.shop } })),
      (error: unknown) => error instanceof Failure && error.code === "usage/one-database",
    );
  });
});

for (const major of majors) {
  describe(`databases for tests, on PostgreSQL ${major}`, () => {
    let server: Server;
    let product: Product;
    before(async () => {
      server = await sharedCluster(major);
      product = await newProduct(server, []);
    });
    const templates = async () =>
      (await product.sql(
        `SELECT d.oid::text FROM pg_database AS d WHERE datname LIKE 'migrator_template_%'
          AND shobj_description(d.oid, 'pg_database') IS NOT NULL ORDER BY 1`,
      )).map(({ oid }) => oid);
    const tests = async () =>
      (await product.sql(
        "SELECT datname FROM pg_database WHERE datname LIKE 'migrator\\_test\\_%'",
      ))
        .map(({ datname }) => datname);
    // The suite has databases of that name, too.
    let others: readonly unknown[] = [];
    before(async () => others = await tests());
    after(async () => {
      for (
        const { datname } of await product.sql(
          "SELECT datname FROM pg_database WHERE datname LIKE 'migrator\\_template\\_%'",
        )
      ) await product.sql(`DROP DATABASE ${datname} WITH (FORCE)`);
    });

    test("are prepared once, by one of those that begin together", LIMIT, async () => {
      const connection = product.url;
      const { lines, logger } = memory();
      const several = await Promise.all(
        [0, 1, 2].map(() => testDatabases(options({ connection, logger }))),
      );
      const applied = lines.filter(({ fields }) => fields.event === "applied");
      assert.equal(applied.length, 2, "each migration once");
      const prepared = await templates();
      assert.equal(prepared.length, 1);
      const [one, other] = await Promise.all(several.map((databases) => databases.create()));
      await assertSeparate(one!, other!);

      const sql = postgres({
        ...one!.connection!,
        password: one!.connection!.password ?? "",
        max: 1,
      });
      assert.equal((await sql`SELECT FROM customers`).length, 2);
      for (const databases of several) await databases.close();
      await sql.end({ timeout: 0 });
      assert.deepEqual((await tests()).filter((name) => !others.includes(name)), []);

      const later = await testDatabases(options({ connection }));
      assert.deepEqual(await templates(), prepared);
      await later.close();
    });

    test("are prepared again after a process that died meanwhile", LIMIT, async () => {
      const broken = {
        shop: [...migrations.shop, { version: 3, name: "wrong", up: "SELECT 1 / 0" }],
      };
      const connection = product.url;
      const known = await templates();
      for (let tries = 0; tries < 2; tries++) {
        await assert.rejects(
          testDatabases(options({ connection, migrations: broken })),
          (error: unknown) => error instanceof Failure && error.code === "sql/statement-failed",
        );
      }
      assert.deepEqual(await templates(), known);
    });
  });
}

describe("a matcher for queued batched migrations", () => {
  test("passes for what is queued, and names what is queued otherwise", LIMIT, async () => {
    const product = await newProduct(await sharedCluster(majors[0]!), [
      { up: "CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0)" },
      { up: "SELECT 1", yaml: "queues: [fill]" },
    ]);
    await mkdir(`${product.directory}/app/background`);
    await writeFile(
      `${product.directory}/app/background/fill.yaml`,
      "table: t\nsql: UPDATE t SET n = 1 WHERE batch(t)\nremaining: SELECT 1 FROM t WHERE n = 0",
    );
    const databases = await testDatabases({
      migrations: product.directory,
      logger: memory().logger,
    });
    const database = await databases.create();
    await assertQueued(database, "fill");
    await assert.rejects(assertQueued(database, "other"), /other is not queued; queued: fill/);
    await databases.close();
  });
});

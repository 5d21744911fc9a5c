import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Failure } from "../../../src/failure.ts";
import { migrate, rollback } from "../../../src/library/migrate.ts";
import { fromEnvironment } from "../../../src/library/from_environment.ts";
import { pending, plan, status } from "../../../src/library/status.ts";
import { majors, PASSWORD, sharedCluster } from "../../support/cluster.ts";
import { memory } from "../../support/application.ts";
import { newProduct, type Product } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

const SHOP = {
  shop: [
    {
      version: 1,
      name: "customers",
      up: "CREATE TABLE customers (id int)",
      down: "DROP TABLE customers",
    },
    {
      version: "9007199254740993",
      name: "orders",
      up: "CREATE TABLE orders (id int)",
      down: "DROP TABLE orders",
    },
    { version: 9007199254740994n, name: "no way back", up: "SELECT 1" },
  ],
};

const quiet = () => memory().logger;

async function emptyProduct(): Promise<Product> {
  return await newProduct(await sharedCluster(majors[0]!), []);
}

const failsWith = (code: string) => (error: unknown) => {
  assert.ok(error instanceof Failure, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

describe("the library", () => {
  test("migrates, tells, plans and reverts what a program holds in memory", LIMIT, async () => {
    const { url, sql } = await emptyProduct();
    const options = { migrations: SHOP, connection: url, logger: quiet() };
    const [planned] = await plan(options);
    assert.deepEqual(
      planned!.steps.map(({ version, name, transaction }) => [version, name, transaction]),
      [
        ["1", "customers", "single"],
        ["9007199254740993", "orders", "single"],
        ["9007199254740994", "no_way_back", "single"],
      ],
    );
    const [before] = await pending(options);
    assert.equal(before!.migrations.length, 3);

    const results = await Promise.all([migrate(options), migrate(options)]);
    const applied = results.flatMap(([one]) => one!.applied.map(({ version }) => version));
    assert.deepEqual(applied, ["1", "9007199254740993", "9007199254740994"]);
    assert.ok(!JSON.stringify(results).includes(PASSWORD));

    const [state] = await status(options);
    assert.equal(state!.upToDate, true);
    assert.deepEqual(state!.migrations.map((one) => one.state), ["applied", "applied", "applied"]);
    assert.deepEqual(await pending(options), [{ database: "shop", migrations: [] }]);

    await assert.rejects(rollback(options), failsWith("plan/irreversible"));
    const two = { ...options, migrations: { shop: SHOP.shop.slice(0, 2) } };
    await sql("DELETE FROM migrator.migration_logs WHERE version = 9007199254740994");
    const undone = await rollback(two);
    assert.deepEqual(undone.reverted.map(({ name }) => name), ["orders"]);
    assert.deepEqual((await rollback({ ...two, steps: 5 })).reverted.map(({ name }) => name), [
      "customers",
    ]);
    const again = await migrate(two);
    assert.equal(again[0]!.applied.length, 2);
    const back = await rollback({ ...two, to: 1 });
    assert.deepEqual(back.reverted.map(({ version }) => version), ["9007199254740993"]);
  });

  test("reads a directory by its URL, and no variable unless it is told to", LIMIT, async () => {
    const product = await newProduct(await sharedCluster(majors[0]!), [{
      up: "CREATE TABLE a ()",
    }]);
    const migrations = pathToFileURL(product.directory);
    const environment = { DATABASE_URL: product.url };
    await assert.rejects(
      migrate({ migrations, logger: quiet() }),
      failsWith("settings/no-database"),
    );
    const options = { migrations, logger: quiet(), ...fromEnvironment(environment) };
    assert.equal((await migrate(options))[0]!.applied.length, 1);
  });

  test("asks for the password of every connection", LIMIT, async () => {
    const product = await emptyProduct();
    const { hostname, port, username, password, pathname } = new URL(product.url);
    let asked = 0;
    const connection = {
      host: hostname,
      port,
      user: decodeURIComponent(username),
      database: decodeURIComponent(pathname.slice(1)),
      password: async () => {
        asked++;
        await sleep(1);
        return decodeURIComponent(password);
      },
    };
    await migrate({ migrations: SHOP, connection, logger: quiet() });
    assert.ok(asked >= 2, `asked ${asked} times`);
    await assert.rejects(
      status({
        migrations: SHOP,
        logger: quiet(),
        connection: { ...connection, password: () => Promise.reject(new Error("no token")) },
      }),
      failsWith("settings/no-password"),
    );
  });

  test("does not let a password function keep a stop waiting", LIMIT, async () => {
    const stop = new AbortController();
    const waiting = status({
      migrations: SHOP,
      connection: {
        host: "127.0.0.1",
        user: "app",
        database: "shop",
        password: () => new Promise<string>(() => {}),
      },
      logger: quiet(),
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(), 50);
    await assert.rejects(waiting, failsWith("interrupted/aborted"));
  });

  test("does not let a logger decide over a run", LIMIT, async () => {
    const { url } = await emptyProduct();
    const breaks = (_: string, fields: unknown) => {
      JSON.stringify(fields);
      throw new Error("the disk of the log is full");
    };
    const logger = {
      debug: breaks,
      info: breaks,
      warn: () => Promise.reject(new Error("later")),
      error: breaks,
    };
    const [result] = await migrate({ migrations: SHOP, connection: url, logger });
    assert.equal(result!.applied.length, 3);
    const lines: string[] = [];
    const json = (_: string, fields: unknown) => void lines.push(JSON.stringify(fields));
    await migrate({
      migrations: SHOP,
      connection: url,
      logger: { debug: json, info: json, warn: json, error: json },
    });
    assert.ok(lines.length > 0);
  });

  test("refuses to revert where it is not told which database", LIMIT, async () => {
    const options = { migrations: { ...SHOP, other: SHOP.shop }, connection: "pglite:memory" };
    await assert.rejects(
      rollback({ ...options, logger: quiet() }),
      failsWith("usage/one-database"),
    );
    for (const wrong of [{ steps: 0 }, { steps: 1.5 }, { to: "one" }, { to: 1, steps: 1 }]) {
      await assert.rejects(
        rollback({ migrations: SHOP, connection: "pglite:memory", logger: quiet(), ...wrong }),
        failsWith("usage/invalid-value"),
      );
    }
  });

  test("refuses versions that are none, and one twice", LIMIT, async () => {
    const wrong = [[1.5], [-1], ["x"], [2n ** 63n], [1, "1"]] as const;
    for (const versions of wrong) {
      const shop = versions.map((version) => ({ version, name: "a", up: "SELECT 1" }));
      await assert.rejects(
        migrate({ migrations: { shop }, connection: "pglite:memory", logger: quiet() }),
        failsWith(
          versions.length === 2 ? "definition/duplicate-version" : "definition/malformed-name",
        ),
      );
    }
  });
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { newest, sharedCluster } from "../support/cluster.ts";
import { runMigrator, startMigrator } from "../support/command.ts";
import { withFolder } from "../support/folder.ts";
import {
  concurrently,
  newProduct,
  type Product,
  waitingForLock,
  type Written,
} from "../support/harness.ts";
import { holdOpen } from "../support/hold_open.ts";
import { psql } from "../support/psql.ts";

/** The data directory of embedded PostgreSQL is made once for all. */
const CACHE = path.join(os.tmpdir(), `migrator-drift-files-${process.pid}`);
after(() => fs.rm(CACHE, { recursive: true, force: true }));

const MIGRATIONS: readonly Written[] = [
  {
    up: `CREATE TABLE orders (id bigint PRIMARY KEY, note text);
      CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);`,
    down: "DROP TABLE events; DROP TABLE orders;",
  },
  concurrently("CREATE INDEX CONCURRENTLY orders_note ON orders (note);", {
    down: "DROP INDEX CONCURRENTLY orders_note;",
  }),
];

const CHANGES = `
  CREATE INDEX customers ON orders (id);
  ALTER TABLE orders ALTER COLUMN note SET NOT NULL;
  CREATE FUNCTION touch() RETURNS integer LANGUAGE sql AS $$ SELECT 1; $$;
  DROP INDEX orders_note;`;

const newShop = async () => await newProduct(await sharedCluster(newest), MIGRATIONS);

async function migrator({ args }: Product, ...words: string[]) {
  const isGroup = words[0] === "log";
  return await runMigrator([
    ...words.slice(0, isGroup ? 2 : 1),
    ...args,
    ...words.slice(isGroup ? 2 : 1),
  ], {
    timeout: 300_000,
    env: { XDG_CACHE_HOME: CACHE },
  });
}

describe("drift --output", () => {
  test("writes a way back, and a migration that makes the drift official and can be reverted", async (t) => {
    await withFolder({}, async (folder) => {
      const shop = await newShop();
      await shop.run();
      await shop.sql(CHANGES);
      const found = await migrator(shop, "drift", "--output", `${folder}/out`);
      assert.equal(found.status, 1, found.stderr);
      const [name = ""] = await fs.readdir(`${folder}/out/incorporate`);
      assert.match(name, /^\d+_incorporate_drift$/);
      const version = name.split("_")[0]!;
      assert.match(found.stdout, new RegExp(`migrator log add ${version} --up --db app`));
      await fs.rename(`${folder}/out/incorporate/${name}`, `${shop.directory}/app/${name}`);

      // Where it drifted, it is recorded.
      const logged = await migrator(shop, "log", "add", version, "--up", "--reason", "was drift");
      assert.equal(logged.status, 0, logged.stderr);
      const official = await migrator(shop, "drift");
      assert.match(official.stdout, /no drift: it is as 3 applied migrations left it/);

      // Elsewhere it is run, and its way back leaves nothing.
      const verified = await migrator(shop, "verify", version);
      assert.match(verified.stdout, /1 can be reverted/);
      const other = { ...await newShop(), directory: shop.directory };
      const elsewhere = {
        ...other,
        args: ["--migrations", shop.directory, "--database-url", other.url],
      };
      const up = await migrator(elsewhere, "up");
      assert.equal(up.status, 0, up.stderr);
      assert.match((await migrator(elsewhere, "drift")).stdout, /no drift: it is as 3 applied/);
      assert.equal((await migrator(elsewhere, "down", "1")).status, 0);
      assert.match((await migrator(elsewhere, "drift")).stdout, /no drift: it is as 2 applied/);

      await migrator(shop, "log", "add", version, "--down", "--reason", "x");
      const again = await migrator(shop, "drift", "--output", `${folder}/out`);
      assert.equal(again.status, 2);
      assert.match(again.stderr, /usage\/file-exists/);
      if (psql === undefined) return t.diagnostic("there is no psql: revert.sql was not run");
      const ran = spawnSync(psql, ["-X", "-q", "-d", shop.url, "-f", `${folder}/out/revert.sql`], {
        encoding: "utf8",
      });
      assert.equal(ran.status, 0, ran.stderr);
      assert.match((await migrator(shop, "drift")).stdout, /no drift: it is as 2 applied/);
    });
  });
});

describe("doctor --catalog and drift --snapshot", () => {
  test("find the same without a server, and hold no row", async () => {
    await withFolder({}, async (folder) => {
      const shop = await newShop();
      await shop.run();
      await shop.sql(`${CHANGES} INSERT INTO orders VALUES (4711, 'a secret of a customer')`);
      const file = `${folder}/catalog.json`;
      const written = await migrator(shop, "doctor", "--catalog", file);
      assert.equal(written.status, 0, written.stderr);
      assert.doesNotMatch(await fs.readFile(file, "utf8"), /4711|secret/);
      const live = await migrator(shop, "drift", "--json");
      const offline = await runMigrator(
        ["drift", "--migrations", shop.directory, "--snapshot", file, "--json"],
        { timeout: 300_000, env: { XDG_CACHE_HOME: CACHE, PGHOST: "nowhere.invalid" } },
      );
      assert.equal(offline.status, 1, offline.stdout);
      assert.deepEqual(offline.json(), live.json());
      const twice = await migrator(shop, "doctor", "--catalog", file);
      assert.match(twice.stderr, /usage\/file-exists/);
    });
  });

  test("refuse what is no catalog, and migrations that are not at hand", async () => {
    await withFolder({}, async (folder) => {
      const shop = await newShop();
      await shop.run();
      const file = `${folder}/catalog.json`;
      await migrator(shop, "doctor", "--catalog", file);
      const catalog = JSON.parse(await fs.readFile(file, "utf8")) as {
        databases: { applied: string[] }[];
        schema: { objects: Record<string, unknown>[] };
      };
      const [app] = catalog.databases;
      const { schema } = catalog;
      const cases: readonly (readonly [unknown, RegExp])[] = [
        ["{", /drift\/unreadable-snapshot.*not JSON/s],
        [{}, /its "content" is not "migrator catalog"/],
        [{ ...catalog, format: 2 }, /its format is 2, and this program reads 1/],
        [{ ...catalog, roles: "app" }, /roles is not a list/],
        [{ ...catalog, schema: { ...schema, objects: [{ kind: "x", name: "y" }] } }, /called x/],
        [
          { ...catalog, databases: [{ ...app, applied: ["1", "7"] }] },
          /drift\/unknown-migration.*Migration 7 of app/s,
        ],
        [{ ...catalog, databases: [{ ...app, applied: [] }] }, /drift\/no-history/],
      ];
      for (const [content, message] of cases) {
        await fs.writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
        const { stderr, status } = await migrator(shop, "drift", "--snapshot", file);
        assert.match(stderr, message);
        assert.equal(status, 1);
      }
      const none = await migrator(shop, "drift", "--snapshot", `${folder}/none.json`);
      assert.match(none.stderr, /drift\/unreadable-snapshot.*There is no file/);
    });
  });
});

describe("what is no drift", () => {
  test("partitions added at run time, and what driftIgnore allows", async () => {
    const settings = `driftIgnore: ["INDEX public.customer*", "SCHEMA audit"]\n`;
    await withFolder({ "migrator.yaml": settings }, async (folder) => {
      const shop = await newShop();
      await shop.run();
      const look = () => migrator(shop, "drift", "--config", `${folder}/migrator.yaml`);
      await shop.sql(`CREATE TABLE events_2026 PARTITION OF events
          FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        CREATE INDEX ON events_2026 (at);
        CREATE INDEX customer_notes ON orders (note, id);
        CREATE SCHEMA audit;
        CREATE TABLE audit.log (id bigint PRIMARY KEY);`);
      const { status, stdout } = await look();
      assert.equal(status, 0, stdout);
      assert.match(stdout, /no drift.*\n.*6 differences allowed/);
      await shop.sql("CREATE INDEX others ON orders (note, id)");
      assert.match(
        (await look()).stdout,
        /1 object not as .*: 1 warning\n.*\+ INDEX public.others/,
      );
    });
  });

  test("what a run under way is changing, and what it was changing when it was killed", async () => {
    const shop = await newShop();
    assert.equal((await migrator(shop, "up", "--target", "1")).status, 0);
    const holder = await holdOpen(shop, "INSERT INTO orders VALUES (1)");
    const up = startMigrator(["up", ...shop.args], { timeout: 120_000 });
    try {
      await waitingForLock(shop);
      const during = await migrator(shop, "drift");
      assert.equal(during.status, 0, during.stdout);
      assert.match(during.stdout, /no drift: it is as 1 applied migration left it/);
      assert.match(during.stdout, /a run of app is under way \(pid \d+\)/);
      assert.match(during.stdout, /migration 2 is not finished: INDEX public.orders_note/);
      await shop.sql("CREATE TABLE somebodys (id bigint)");
      const both = await migrator(shop, "drift");
      assert.match(both.stdout, /1 object not as .*\n.*\+ TABLE public.somebodys/);
    } finally {
      up.kill("SIGKILL");
      await up.finished;
      await holder.release();
    }
    await shop.sql("DROP TABLE somebodys");
    const dirty = await migrator(shop, "drift");
    assert.equal(dirty.status, 0, dirty.stdout);
    assert.match(dirty.stdout, /migration 2 is not finished: INDEX public.orders_note/);
  });
});

describe("up --drift", () => {
  test("refuses or warns where the schema differs, and runs where it does not", async () => {
    const shop = await newShop();
    // A new database has nothing that could differ.
    const first = await migrator(shop, "up", "--target", "1", "--drift", "refuse");
    assert.equal(first.status, 0, first.stderr);
    await shop.sql("CREATE INDEX somebodys ON orders (note)");
    const refused = await migrator(shop, "up", "--drift", "refuse");
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /drift\/found.*1 object differs\. Nothing was run/s);
    assert.deepEqual(await shop.attempts(), ["1 up t"]);
    const warned = await migrator(shop, "up", "--drift", "warn");
    assert.equal(warned.status, 0, warned.stderr);
    assert.match(warned.stderr, /1 object differs\. See: migrator drift --db app/);
    await shop.sql("DROP INDEX somebodys");
    const last = await migrator(shop, "up", "--drift", "refuse");
    assert.equal(last.status, 0, last.stderr);
  });
});

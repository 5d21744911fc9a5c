import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, PASSWORD, sharedCluster } from "../support/cluster.ts";
import { runMigrator } from "../support/command.ts";
import { type Files, withFolder } from "../support/folder.ts";
import { newProduct } from "../support/harness.ts";

const LIMIT = { timeout: 120_000 };

const MIGRATIONS: Files = {
  "m/shop/1_a.up.sql": "CREATE TABLE orders (id int PRIMARY KEY, total int, note text);",
  "m/shop/1_a.down.sql": "DROP TABLE orders;",
  "m/shop/2_b.up.sql":
    "ALTER TABLE orders DROP COLUMN note; ALTER TABLE orders ADD CHECK (total > 0);",
  "m/shop/2_b.down.sql": "ALTER TABLE orders ADD COLUMN note text;",
  "queries/orders.sql": "CREATE TABLE mine ();\nSELECT id FROM orders WHERE id = $1;\n" +
    "UPDATE orders\n  SET note = $1 WHERE id = $2;\nSELECT * FROM parts;\n",
  "queries/counted.json": JSON.stringify([
    { query: "SELECT note FROM orders" },
    "COMMIT",
    "SELECT (",
  ]),
};

describe("migrator compat", () => {
  test("finds what an older release cannot do any more, without a server", LIMIT, async () => {
    await withFolder(MIGRATIONS, async (root) => {
      const run = (...words: readonly string[]) =>
        runMigrator(["compat", "--migrations", "m", ...words], { cwd: root });
      const { status, stdout, stderr } = await run("--from", "1", "--queries", "queries");
      assert.equal(status, 1, stderr);
      assert.deepEqual(stdout.split("\n").filter((line) => !line.startsWith("  ")), [
        "breaks TABLE public.orders [column-gone]: column note is gone, or has another name.",
        "may break TABLE public.orders [value-restricted]: check constraint orders_total_check is new: " +
        "CHECK ((total > 0)).",
        'breaks queries/counted.json#1 [statement-refused]: column "note" does not exist (SQLSTATE 42703).',
        'breaks queries/orders.sql:3 [statement-refused]: column "note" of relation "orders" does not ' +
        "exist (SQLSTATE 42703).",
        "shop: since 1, 3 changes that break it, 1 that may",
        "",
      ]);
      assert.match(stderr, /1 statement cannot be prepared in 1 either.*queries\/orders\.sql:5/);
      const same = await run("--from", "2", "--json");
      assert.equal(same.status, 0, same.stdout);
      assert.deepEqual(JSON.parse(same.stdout), {
        event: "finished",
        command: "compat",
        breaking: 0,
        possible: 0,
      });
    });
  });

  test(
    "runs a program against the newer schema, and passes its exit status on",
    LIMIT,
    async () => {
      const { url, sql } = await newProduct(await sharedCluster(majors[0]!), []);
      await withFolder(MIGRATIONS, async (root) => {
        const words = ["compat", "--migrations", "m", "--shadow-url", url, "--", "sh", "-c"];
        const ran = await runMigrator(
          [
            ...words,
            'echo "$PGDATABASE" > seen; test "$SHOP_PGDATABASE" = "$PGDATABASE" || exit 9; exit 3',
          ],
          { cwd: root },
        );
        assert.equal(ran.status, 3, ran.stderr);
        assert.ok(!(ran.stdout + ran.stderr).includes(PASSWORD));
        const { readFile } = await import("node:fs/promises");
        const seen = (await readFile(`${root}/seen`, "utf8")).trim();
        assert.match(seen, /^migrator_shadow_/);
        assert.equal((await sql(`SELECT FROM pg_database WHERE datname = '${seen}'`)).length, 0);
      });
    },
  );

  test("says what is missing", LIMIT, async () => {
    await withFolder(MIGRATIONS, async (root) => {
      const cases: readonly (readonly [readonly string[], RegExp])[] = [
        [[], /is not told which release.*--from TAG/s],
        [
          ["--from", "v0.9"],
          /--from v0\.9 is no version of a migration, and no revision that git knows/,
        ],
        [["--", "true"], /needs a server.*--shadow-url/s],
        [["--from", "1", "--shadow-url", "pglite:memory", "--", "true"], /Leave out --from/],
        [
          ["--from", "1", "--queries", "nowhere.sql"],
          /nowhere\.sql cannot be read: it is not there/,
        ],
      ];
      for (const [words, expected] of cases) {
        const run = await runMigrator(["compat", "--migrations", "m", ...words], { cwd: root });
        assert.equal(run.status, 2, run.stderr);
        assert.match(run.stderr, expected);
      }
    });
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { newProduct, type Product } from "../../support/harness.ts";
import {
  everything,
  historyOf,
  NO_PSQL,
  runPsql,
  runsWell,
  scriptFor,
} from "../../support/psql_script.ts";
import { describeCatalog } from "../../support/catalog.ts";
import { SCRIPT_PRODUCT } from "../../support/script_product.ts";

const status = (product: Product) => runMigrator(["status", "--exit-code", ...product.args]);

for (const major of majors) {
  describe(`a script, on PostgreSQL ${major}`, { skip: NO_PSQL }, () => {
    test("leaves what up leaves: schema, rows, history and definitions", async () => {
      const server = await sharedCluster(major);
      const byTool = await newProduct(server, SCRIPT_PRODUCT);
      const byPsql = await newProduct(server, SCRIPT_PRODUCT);
      const up = await runMigrator(["up", ...byTool.args]);
      assert.equal(up.status, 0, up.stderr);
      const said = await runsWell(await scriptFor(byPsql, "up"), byPsql.url);
      assert.match(said, /\[9\/9\] up 9 \(m9\)\nDone: 9 steps/);
      assert.equal(await describeCatalog(byPsql.sql), await describeCatalog(byTool.sql));
      for (const table of ["users", "texts", "slices", "posts", "tx_3"]) {
        const rows = (product: Product) =>
          product.sql(`SELECT t::text FROM ${table} AS t ORDER BY 1`);
        assert.deepEqual(await rows(byPsql), await rows(byTool), table);
      }
      assert.deepEqual(await historyOf(byPsql), await historyOf(byTool));
      assert.equal((await status(byPsql)).status, 0);
    });

    test("changes nothing when it is run again", async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, SCRIPT_PRODUCT);
      const script = await scriptFor(product, "up");
      await runsWell(script, product.url);
      const before = await everything(server, product.postgres);
      assert.match(await runsWell(script, product.url), /^Nothing to do/);
      assert.equal(await everything(server, product.postgres), before);
    });

    test("reverts what up has applied, and up applies what it has reverted", async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, SCRIPT_PRODUCT);
      await product.run();
      const empty = await newProduct(server, []);
      await runsWell(await scriptFor(product, "down", "9"), product.url);
      assert.equal(await describeCatalog(product.sql), await describeCatalog(empty.sql));
      await product.run();
      assert.equal((await status(product)).status, 0);
      await runsWell(await scriptFor(product, "downto", "3"), product.url);
      const down = await runMigrator(["down", "3", ...product.args]);
      assert.equal(down.status, 0, down.stderr);
      assert.equal(await describeCatalog(product.sql), await describeCatalog(empty.sql));
    });

    test("is taken back by down, from what it has stored in the database", async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, SCRIPT_PRODUCT);
      await runsWell(await scriptFor(product, "up"), product.url);
      product.rewrite(SCRIPT_PRODUCT.slice(0, 1));
      const down = await runMigrator(["down", "8", ...product.args]);
      assert.equal(down.status, 0, down.stderr);
      assert.equal((await status(product)).status, 0);
    });

    test("stops at the first error, keeps what is committed, and goes on when run again", async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, [
        { up: "CREATE TABLE a (i int)" },
        { up: "INSERT INTO a VALUES (1); INSERT INTO missing VALUES (2)" },
        { up: "CREATE TABLE c (i int)" },
      ]);
      const script = await scriptFor(product, "up");
      const failed = await runPsql(script, product.url);
      assert.equal(failed.status, 3);
      assert.match(
        failed.stderr,
        /psql:script\.sql:\d+: ERROR: {2}relation "missing" does not exist/,
      );
      assert.deepEqual(await product.attempts(), ["1 up t"]);
      assert.deepEqual(await product.sql("SELECT * FROM a"), []);
      await product.sql("CREATE TABLE missing (i int)");
      assert.match(await runsWell(script, product.url), /^Goes on\. Done before: 1 of 3 steps\./);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up t", "3 up t"]);
    });

    test("goes on inside a migration that runs outside a transaction", async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, [
        { up: "CREATE TABLE a (i int UNIQUE); INSERT INTO a VALUES (1)" },
        {
          up: "SET search_path = public;\nINSERT INTO a VALUES (2);\nVACUUM a;\n" +
            "INSERT INTO a VALUES ((SELECT i FROM later));\nINSERT INTO a VALUES (4)",
          yaml: "transaction: none",
        },
      ]);
      const script = await scriptFor(product, "up");
      assert.equal((await runPsql(script, product.url)).status, 3);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up ?"]);
      await product.sql("CREATE TABLE later AS SELECT 3 AS i");
      await runsWell(script, product.url);
      assert.deepEqual(
        await product.sql("SELECT i FROM a ORDER BY i"),
        [1, 2, 3, 4].map((i) => ({ i })),
      );
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f", "2 up t"]);
      assert.equal((await status(product)).status, 0);
    });
  });
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeCatalog } from "../../support/catalog.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { newProduct } from "../../support/harness.ts";
import { NO_PSQL, runPsql, runsWell, scriptFor } from "../../support/psql_script.ts";
import { SCRIPT_PRODUCT } from "../../support/script_product.ts";

/** The older release lacks what the newer one has after its second migration, and has one of its own. */
const OLDER = [
  ...SCRIPT_PRODUCT.slice(0, 2),
  {
    version: 50,
    parents: [2],
    up: "CREATE TABLE backported (i int)",
    down: "DROP TABLE backported",
  },
];

for (const major of majors) {
  describe(`a script of an older release, on PostgreSQL ${major}`, { skip: NO_PSQL }, () => {
    test("takes a newer database back with what that has stored", async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, SCRIPT_PRODUCT);
      const older = await newProduct(server, OLDER);
      await product.run();
      await older.run();
      product.rewrite(OLDER);
      const script = await scriptFor(product, "rollback");
      assert.match(script, /-- The steps:\n-- {3}1\. down 9 [^]*\n-- {3}8\. up 50 \(m50\)\n/);
      await runsWell(script, product.url);
      assert.equal(await describeCatalog(product.sql), await describeCatalog(older.sql));
      const status = await runMigrator(["status", "--exit-code", ...product.args]);
      assert.equal(status.status, 0, status.stdout);
      assert.match(await runsWell(script, product.url), /^Nothing to do/);
    });

    test("refuses a database that goes on meanwhile", async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, SCRIPT_PRODUCT);
      await product.run();
      product.rewrite(OLDER);
      const script = await scriptFor(product, "rollback");
      product.rewrite([...SCRIPT_PRODUCT, { up: "CREATE TABLE newest (i int)" }]);
      await product.run();
      const { status, stderr } = await runPsql(script, product.url);
      assert.equal(status, 3);
      assert.match(stderr, /\n {2}10 is applied\n/);
    });
  });
}

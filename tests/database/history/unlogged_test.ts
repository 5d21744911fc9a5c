import assert from "node:assert/strict";
import { test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { failureOf, newProduct } from "../../support/harness.ts";

test(
  "a table of ours that a crash would empty is refused until it is logged again",
  { timeout: 120_000 },
  async () => {
    const list = [{ up: "CREATE TABLE t0 ()" }];
    const product = await newProduct(await sharedCluster(majors[0]!), list);
    await product.run();
    for (const table of ["databases", "migration_logs"]) {
      list.push({ up: `CREATE TABLE t${list.length} ()` });
      product.rewrite(list);
      await product.sql(`ALTER TABLE migrator.${table} SET UNLOGGED`);
      const refused = await failureOf(product.run());
      assert.equal(refused.code, "history/untrusted");
      assert.match(refused.message, /because a crash of the server would delete every row/);
      assert.doesNotMatch(refused.message, /somebody else's code/);
      assert.match(refused.message, new RegExp(`migrator\\.${table} is unlogged`));
      assert.match(refused.hint ?? "", new RegExp(`ALTER TABLE migrator\\.${table} SET LOGGED`));
      const doctor = await runMigrator(["doctor", ...product.args]);
      assert.match(doctor.stdout + doctor.stderr, new RegExp(`migrator\\.${table} is unlogged`));
      await product.sql(`ALTER TABLE migrator.${table} SET LOGGED`);
      await product.run();
    }
    assert.equal((await product.attempts()).length, 3);
  },
);

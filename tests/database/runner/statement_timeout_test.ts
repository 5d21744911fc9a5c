import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { concurrently, failureOf, newProduct } from "../../support/harness.ts";

const SLOW = "SELECT pg_sleep(0.6)";

for (const major of majors) {
  describe(`a statement timeout for all migrations, on PostgreSQL ${major}`, () => {
    test(
      "ends what says nothing itself, and no concurrent build",
      { timeout: 60_000 },
      async () => {
        const product = await newProduct(await sharedCluster(major), [
          {
            up: `CREATE TABLE t (id bigint); INSERT INTO t VALUES (1);
            CREATE FUNCTION slow(bigint) RETURNS bigint IMMUTABLE LANGUAGE plpgsql
            AS 'BEGIN PERFORM pg_sleep(0.3); RETURN $1; END'`,
          },
          { up: SLOW, yaml: "statementTimeout: 0" },
          concurrently("CREATE INDEX CONCURRENTLY i ON t (slow(id))"),
          { up: "SELECT 1" },
          { up: SLOW },
        ]);
        const statementTimeout = 250;
        const { message } = await failureOf(product.run({ statementTimeout }));
        assert.match(message, /statement timeout \(SQLSTATE 57014\)/);
        const attempts = ["1 up t", "2 up t", "3 up t", "4 up t", "5 up f"];
        assert.deepEqual(await product.attempts(), attempts);

        product.rewrite([{ up: "SELECT 1" }, { version: 6, up: SLOW, yaml: "transaction: none" }]);
        const outside = await failureOf(product.run({ statementTimeout }));
        assert.match(outside.message, /statement timeout/);
      },
    );
  });
}

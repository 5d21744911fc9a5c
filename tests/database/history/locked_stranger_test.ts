import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { newProduct, runningBackend } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };

const BACKGROUND = `table: public.rows
sql: UPDATE public.rows SET b = a WHERE batch()
`;

for (const major of majors) {
  describe(`an ACCESS EXCLUSIVE lock on a table that is none of ours, on PostgreSQL ${major}`, () => {
    test("keeps no command waiting", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, [
        {
          up:
            "CREATE TABLE rows (id int PRIMARY KEY, a int, b int); INSERT INTO rows VALUES (1, 1)",
        },
        {
          up: "SELECT 1",
          yaml: "queues: fill",
          background: { fill: BACKGROUND },
        },
      ]);
      await product.run();
      // Enough defaults that reading all of them looks cheaper than looking each up.
      await product.sql(`CREATE TABLE u (id int, v int DEFAULT 7);
        DO $$ BEGIN FOR i IN 1..20 LOOP
          EXECUTE format('CREATE TABLE u%s (v int DEFAULT 7, w int DEFAULT 8)', i);
        END LOOP; END $$; CREATE PUBLICATION everything FOR ALL TABLES; ANALYZE`);
      const holding = product.sql(
        "BEGIN; LOCK TABLE u IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(45); COMMIT",
      );
      holding.catch(() => {});
      const pid = await runningBackend(product, "pg_sleep(45)");
      product.rewrite([
        {
          up:
            "CREATE TABLE rows (id int PRIMARY KEY, a int, b int); INSERT INTO rows VALUES (1, 1)",
        },
        { up: "SELECT 1", yaml: "queues: fill", background: { fill: BACKGROUND } },
        { up: "CREATE TABLE c ()" },
      ]);
      for (
        const command of [
          ["status"],
          ["doctor"],
          ["background", "list"],
          ["background", "show", "fill"],
          ["background", "plan", "fill"],
          ["background", "pause", "fill", "--reason", "a test"],
          ["background", "resume", "fill", "--reason", "a test"],
          ["background", "set", "fill", "--batch-size", "10", "--reason", "a test"],
          ["background", "requeue", "fill", "--force"],
          ["background", "work", "--once"],
          ["up"],
          ["up"],
        ]
      ) {
        const began = performance.now();
        const { status, stderr, stdout } = await runMigrator([...command, ...product.args]);
        const said = `${command.join(" ")}: ${status}\n${stdout}${stderr}`;
        assert.doesNotMatch(said, /55P03|lock timeout|did not answer|no answer/, said);
        assert.ok(status === 0 || command[0] === "doctor", said);
        assert.ok(performance.now() - began < 30_000, said);
      }
      await product.sql(`SELECT pg_terminate_backend(${pid})`);
    });
  });
}

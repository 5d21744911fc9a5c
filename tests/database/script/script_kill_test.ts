/**
 * Scripts that are killed at random moments, and run again.
 *
 * MIGRATOR_TEST_KILLS says how often for each direction and way of dying; by default twice.
 *
 * @module
 */

import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { describeCatalog } from "../../support/catalog.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { eventually, lockBackend, newProduct, type Product, sleep } from "../../support/harness.ts";
import { NO_PSQL, runPsql, runsWell, scriptFor, startPsql } from "../../support/psql_script.ts";
import { SCRIPT_PRODUCT } from "../../support/script_product.ts";

const KILLS = Number(process.env["MIGRATOR_TEST_KILLS"] ?? 2);

/** Long enough for a kill to hit each of its steps, short enough for thirty of them. */
const LIST = SCRIPT_PRODUCT.map((one) => ({
  ...one,
  up: one.up.includes("CONCURRENTLY") ? one.up : `${one.up};\nSELECT pg_sleep(0.02)`,
})).concat([
  {
    up:
      "SET search_path = public;\nINSERT INTO users (name) SELECT 'n' || i FROM generate_series(1, 20000) i;\n" +
      "SELECT pg_sleep(0.05);\nINSERT INTO users (name) VALUES ('once');\nVACUUM users;\n" +
      "INSERT INTO users (name) VALUES ('only once')",
    down:
      "DELETE FROM users WHERE name LIKE 'n%';\nVACUUM users;\nDELETE FROM users WHERE name LIKE '%once'",
    yaml: "transaction: none",
  },
  {
    up: "CREATE INDEX CONCURRENTLY users_once ON users (name, id)",
    down: "DROP INDEX CONCURRENTLY users_once",
    yaml: "createIndexConcurrently: true",
  },
  {
    up: "REINDEX TABLE CONCURRENTLY users",
    down: "SELECT 1",
    yaml: "transaction: none",
  },
]);

/** The schema, the rows, and what the history says of each version. */
async function endOf(product: Product): Promise<string> {
  const rows = await product.sql(
    `SELECT 'users ' || name || ' ' || count(*) AS line FROM users GROUP BY name
    UNION ALL SELECT 'texts ' || t FROM texts
    UNION ALL SELECT 'posts ' || author FROM posts
    UNION ALL SELECT format('%s %s %s %s', version, state, direction, statements_done)
      FROM migrator.status
    UNION ALL SELECT version || up_checksum FROM migrator.migration_definitions ORDER BY 1`,
  ).catch(() => product.sql("SELECT format('%s %s', version, state) AS line FROM migrator.status"));
  return await describeCatalog(product.sql) + rows.map(({ line }) => `${line}\n`).join("");
}

const WAYS = {
  "psql is killed": (running: ReturnType<typeof startPsql>) => {
    running.child.kill("SIGKILL");
    return Promise.resolve();
  },
  "its backend is terminated": async (_: unknown, product: Product) => {
    await product.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE 'migrator script %'`,
    );
  },
};

const [major] = majors;

describe(`a script that is cut off, on PostgreSQL ${major},`, { skip: NO_PSQL }, () => {
  for (const direction of ["up", "down"] as const) {
    for (const [way, kill] of Object.entries(WAYS)) {
      test(`ends where an undisturbed one ends: ${direction}, ${way}`, async (t) => {
        const server = await sharedCluster(major!);
        const undisturbed = await newProduct(server, LIST);
        const write = async (product: Product) => {
          if (direction === "down") await product.run();
          return direction === "up"
            ? await scriptFor(product, "up")
            : await scriptFor(product, "down", String(LIST.length));
        };
        const first = await write(undisturbed);
        const began = performance.now();
        await runsWell(first, undisturbed.url);
        const whole = performance.now() - began;
        const expected = await endOf(undisturbed);
        let struck = 0;
        for (let number = 1; number <= KILLS; number++) {
          const product = await newProduct(server, LIST);
          const script = await write(product);
          let said = "";
          for (let tries = 1;; tries++) {
            const running = startPsql(script, product.url);
            const moment = Math.random() * whole;
            if (tries <= 3) {
              await sleep(moment);
              await kill(running, product);
            }
            const { status, stdout, stderr } = await running.ended;
            said += `\nafter ${Math.round(moment)} ms: ${status}\n${stdout}${stderr}`;
            await eventually(async () => await lockBackend(product) === undefined, {
              what: "the end of its backend",
            });
            if (status === 0) break;
            struck++;
            assert.ok(tries <= 3, said);
          }
          assert.equal(await endOf(product), expected, said);
          const status = await runMigrator(["status", ...product.args]);
          assert.doesNotMatch(status.stdout, /DIRTY|running|did not finish/, said);
          const again = await runPsql(script, product.url);
          assert.match(again.stdout, /^Nothing to do/, again.stderr);
        }
        t.diagnostic(`struck ${struck} times`);
      });
    }
  }
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Failure } from "../../../src/failure.ts";
import { type Major, majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { failureOf, newProduct, type Product } from "../../support/harness.ts";
import { asRole } from "./enemies.ts";

const LIMIT = { timeout: 120_000 };

const LIST = [{ up: "CREATE TABLE a ()" }];

/** What an administrator may do to the tables of the role that migrates. */
const CHANGES: readonly string[] = [
  ...["databases", "migration_logs", "migration_definitions"].flatMap((table) => [
    ...["SELECT", "INSERT", "UPDATE"].map((right) =>
      `REVOKE ${right} ON migrator.${table} FROM me`
    ),
    `ALTER TABLE migrator.${table} OWNER TO postgres`,
  ]),
  `REVOKE UPDATE ON migrator.databases FROM me;
  GRANT UPDATE (fence, tool_version) ON migrator.databases TO me`,
  "REVOKE ALL ON ALL TABLES IN SCHEMA migrator FROM me",
  "REVOKE USAGE ON SCHEMA migrator FROM me",
];

function roleOf(major: Major): string {
  return `bereft_${major}`;
}

/** A product whose role has applied one migration, and has another to apply. */
async function migrated(major: Major): Promise<Product> {
  const server = await sharedCluster(major);
  const postgres = await server.createDatabase();
  const url = await asRole(server, postgres, roleOf(major));
  const product = await newProduct(server, LIST, { postgres, url });
  await product.run();
  product.rewrite([...LIST, { up: "CREATE TABLE b ()" }]);
  return product;
}

for (const major of majors) {
  const role = roleOf(major);

  describe(`rights that the role of the history lacks, on PostgreSQL ${major}`, () => {
    for (const change of CHANGES) {
      test(`are missed before anything runs, and given back: ${change}`, LIMIT, async () => {
        const product = await migrated(major);
        await product.sql(change.replaceAll(/\bme\b/g, role));
        // A schema that may not be entered hides what is lacking on its tables.
        for (let round = 0;; round++) {
          const failure = await outcomeOf(product);
          if (failure === undefined) break;
          assert.ok(round < 3, failure.hint);
          assert.match(failure.code, /^history\/not-(readable|writable)$/, failure.message);
          const { grants = [] } = failure.facts as { grants?: readonly string[] };
          assert.ok(grants.length > 0, failure.hint);
          for (const grant of grants) {
            assert.ok(failure.hint?.includes(grant), failure.hint);
            await product.sql(grant);
          }
          assert.deepEqual(await product.sql("SELECT to_regclass('b') AS b"), [{ b: null }]);
        }
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up t"]);
      });
    }

    test("are named where a catalog's function is no longer everybody's", LIMIT, async () => {
      const product = await migrated(major);
      const rights = [
        "EXECUTE ON FUNCTION pg_catalog.pg_try_advisory_xact_lock(bigint)",
        "EXECUTE ON FUNCTION pg_catalog.current_setting(text)",
        "EXECUTE ON FUNCTION pg_catalog.pg_is_in_recovery()",
        "SELECT ON pg_catalog.pg_class",
      ];
      for (const right of rights) {
        await product.sql(`REVOKE ${right} FROM PUBLIC`);
        const { status, stderr } = await runMigrator(["up", ...product.args]);
        assert.ok([3, 5, 7].includes(status ?? -1), stderr);
        const [grant] = /GRANT (EXECUTE|SELECT) ON .* TO .*$/m.exec(stderr) ?? [];
        assert.ok(grant, stderr);
        await product.sql(grant.replace(/TO ROLE$/, `TO ${role}`));
        await product.sql(`GRANT ${right} TO PUBLIC`);
      }
      await product.run();
    });

    test("are not told from a key that is missing", LIMIT, async () => {
      const product = await migrated(major);
      await product.sql(
        "ALTER TABLE migrator.migration_definitions DROP CONSTRAINT migration_definitions_pkey",
      );
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "history/incomplete", failure.message);
      assert.match(failure.message, /migration_definitions lacks the primary key/);
    });
  });
}

async function outcomeOf(product: Product): Promise<Failure | undefined> {
  const running = product.run();
  return await running.then(() => undefined, () => failureOf(running));
}

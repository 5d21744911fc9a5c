import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { newProduct, type Written } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

/** What a migration may leave behind, and what the next one must find. */
const LEFTOVERS: readonly {
  readonly leaves: string;
  readonly up: string;
  readonly then: string;
}[] = [
  {
    leaves: "another role",
    up: "SET ROLE ROLE_NAME",
    then: "SELECT 1 / (current_user = 'postgres')::int",
  },
  {
    leaves: "another role until the end of its transaction",
    up: "SET LOCAL ROLE ROLE_NAME",
    then: "SELECT 1 / (current_user = 'postgres')::int",
  },
  {
    leaves: "another session authorization",
    up: "SET SESSION AUTHORIZATION ROLE_NAME",
    then: "SELECT 1 / (session_user = 'postgres')::int",
  },
  {
    leaves: "an empty search_path",
    up: "SELECT pg_catalog.set_config('search_path', '', false)",
    then: `SELECT 1 / (pg_catalog.current_setting('search_path') = '"$user", public')::int`,
  },
  {
    leaves: "a search_path with tables that are called like ours",
    up: `CREATE SCHEMA trap; CREATE TABLE trap.migration_logs (a int);
        CREATE TABLE trap.databases (a int); CREATE FUNCTION trap.now() RETURNS text
        LANGUAGE sql AS 'SELECT 1 / 0; SELECT ''trap'''; SET search_path = trap, pg_catalog`,
    then: "CREATE TABLE public.t (); DROP TABLE public.t",
  },
  {
    leaves: "synchronous_commit off",
    up: "SET synchronous_commit = off",
    then: "SELECT 1",
  },
  {
    leaves: "timeouts of a millisecond",
    up: "SET statement_timeout = 1; SET lock_timeout = 1",
    then: "SELECT pg_sleep(0.05)",
  },
  {
    leaves: "a temporary table",
    up: "CREATE TEMPORARY TABLE t (a int)",
    then: "CREATE TEMPORARY TABLE t (a int)",
  },
  {
    leaves: "a session's advisory lock",
    up: "SELECT pg_advisory_lock(42)",
    then: `SELECT 1 / (count(*) = 0)::int FROM pg_locks
        WHERE locktype = 'advisory' AND objid = 42 AND pid = pg_backend_pid()`,
  },
  {
    leaves: "a prepared statement",
    up: "PREPARE p AS SELECT 1",
    then: "PREPARE p AS SELECT 2",
  },
  {
    leaves: "a cursor and a listener",
    up: "DECLARE c CURSOR WITH HOLD FOR SELECT 1; LISTEN x",
    then: "SELECT 1 / (count(*) = 0)::int FROM pg_cursors",
  },
  {
    leaves: "triggers that do not fire",
    up: "SET session_replication_role = replica",
    then: "SELECT 1 / (current_setting('session_replication_role') = 'origin')::int",
  },
  {
    leaves: "another way to write strings",
    up: `SET escape_string_warning = off; SET standard_conforming_strings = off`,
    then: "SELECT 1 / (current_setting('standard_conforming_strings') = 'on')::int",
  },
  {
    leaves: "another encoding",
    up: "COMMENT ON SCHEMA public IS 'é'; SET client_encoding = 'LATIN1'",
    then: "SELECT 1 / (length('é') = 1)::int",
  },
  {
    leaves: "read-only transactions",
    up: "SET default_transaction_read_only = on",
    then: "CREATE TABLE t (); DROP TABLE t",
  },
  {
    leaves: "serializable transactions",
    up: "SET default_transaction_isolation = 'serializable'",
    then: "SELECT 1 / (current_setting('transaction_isolation') = 'read committed')::int",
  },
];

for (const major of majors) {
  describe(`what a migration leaves behind, on PostgreSQL ${major}`, () => {
    for (const transaction of ["single", "none"] as const) {
      const how = transaction === "single" ? "in a transaction" : "outside transactions";
      for (const { leaves, up, then } of LEFTOVERS) {
        if (transaction === "none" && /SET LOCAL/.test(up)) continue;
        test(`${leaves}, ${how}, reaches neither our rows nor the next one`, LIMIT, async () => {
          const server = await sharedCluster(major);
          const role = `leftover_${major}`;
          await server.sql(
            "postgres",
            `DO $$ BEGIN CREATE ROLE ${role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
          );
          const mode: Partial<Written> = transaction === "none"
            ? { yaml: "transaction: none" }
            : {};
          const product = await newProduct(server, [
            { up: `SELECT 'é\\ü'; ${up.replace("ROLE_NAME", role)}; -- ünï`, ...mode },
            { up: then, ...mode },
            { up: then },
          ]);
          await product.run();
          assert.deepEqual(await product.attempts(), ["1 up t", "2 up t", "3 up t"]);
          const [stored] = await product.sql(
            `SELECT up_sql, (SELECT fence = durable_fence FROM migrator.databases) AS durable,
              (SELECT string_agg(DISTINCT pg_get_userbyid(relowner), ',') FROM pg_class
                WHERE relnamespace = 'migrator'::regnamespace) AS owner
            FROM migrator.migration_definitions WHERE version = 1`,
          );
          assert.deepEqual({ ...stored }, {
            up_sql: `SELECT 'é\\ü'; ${up.replace("ROLE_NAME", role)}; -- ünï`,
            durable: true,
            owner: "postgres",
          });
        });
      }
    }

    test("outside transactions a role stays from statement to statement", LIMIT, async () => {
      const server = await sharedCluster(major);
      const product = await newProduct(server, [{
        up: `SET ROLE pg_monitor; SELECT 1 / (current_user = 'pg_monitor')::int`,
        yaml: "transaction: none",
      }]);
      await product.run();
      assert.deepEqual(await product.attempts(), ["1 up t"]);
    });

    test("a timeout does not cut the writing of a large definition short", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "SET statement_timeout = 1", down: `SELECT 1; -- ${"é🙂".repeat(1_000_000)}` },
      ]);
      await product.run();
      assert.deepEqual(await product.attempts(), ["1 up t"]);
    });

    test("a failed migration's settings do not reach its row either", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "SET ROLE pg_monitor; SET statement_timeout = 1; SELECT 1 / 0" },
      ]);
      await assert.rejects(product.run(), /division by zero/);
      assert.deepEqual(await product.attempts(), ["1 up f"]);
    });
  });
}

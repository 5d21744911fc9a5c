import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { sharedCluster } from "../support/cluster.ts";
import { runMigrator } from "../support/command.ts";
import { withFolder } from "../support/folder.ts";

const migrations = fileURLToPath(new URL("../../migrations", import.meta.url));

const FILES = {
  "m/1_table.up.sql": "CREATE TABLE a (id bigint PRIMARY KEY, name text);",
  "m/1_table.down.sql": "DROP TABLE a;",
  "m/2_leaves.up.sql": "CREATE INDEX a_name ON a (name);\nCREATE TYPE mood AS ENUM ('ok');",
  "m/2_leaves.down.sql": "DROP INDEX a_name;",
  "m/3_changes.up.sql": "ALTER TABLE a ADD COLUMN x integer;",
  "m/3_changes.down.sql": "ALTER TABLE a DROP COLUMN x;\nALTER TABLE a ALTER name SET NOT NULL;",
  "m/4_refused.up.sql": "CREATE TABLE IF NOT EXISTS b (id integer);",
  "m/4_refused.down.sql": "SELECT 1;\nDROP TABLE bb;",
  "m/5_rows.up.sql": "INSERT INTO a VALUES (1, 'one');",
  "m/5_rows.down.sql": "SELECT 1;",
  "m/6_deferred.up.sql": "ALTER TABLE a ADD COLUMN parent bigint REFERENCES a DEFERRABLE;",
  "m/6_deferred.down.sql": "SET CONSTRAINTS ALL DEFERRED;\nUPDATE a SET parent = 7;",
  "m/7_outside.up.sql": "CREATE INDEX CONCURRENTLY b_id ON b (id);",
  "m/7_outside.down.sql": "DROP INDEX CONCURRENTLY b_id;",
};

/** In embedded PostgreSQL. */
async function verify(folder: string, ...more: string[]) {
  return await runMigrator(["verify", "--migrations", folder, ...more], { timeout: 300_000 });
}

/** On a server, which takes a quarter of the time. */
async function verifyOnServer(folder: string, ...more: string[]) {
  const server = await sharedCluster(18);
  return await verify(folder, "--shadow-url", server.url(), ...more);
}

describe("migrator verify", () => {
  test("finds nothing in the example", async () => {
    const all = await verifyOnServer(migrations);
    assert.deepEqual([all.status, all.stderr], [0, ""]);
    assert.match(
      all.stdout,
      /^codeintel: verified 7 migrations: 7 can be reverted, 0 irreversible/m,
    );
    const embedded = await verify(migrations, "--db", "codeinsights");
    assert.deepEqual([embedded.status, embedded.stderr], [0, ""]);
    assert.equal(embedded.stdout, all.stdout.match(/^codeinsights: .*\n/m)?.[0]);
  });

  test("finds down scripts that do not restore the schema, and scripts that are refused", async () => {
    await withFolder(FILES, async (folder) => {
      const { status, json } = await verify(`${folder}/m`, "--json");
      assert.equal(status, 1);
      assert.deepEqual(
        json().map(({ version, result, when, differences, place }) => ({
          ...{ version, result, when, place },
          objects: (differences as Record<string, unknown>[] | undefined)
            ?.map(({ change, object }) => `${change} ${object}`),
        })).slice(0, -1),
        [
          outcome("1", "reversible"),
          outcome("2", "different", {
            place: { file: "m/2_leaves.down.sql" },
            objects: ["extra TYPE public.mood"],
          }),
          outcome("3", "different", {
            place: { file: "m/3_changes.down.sql" },
            objects: ["different TABLE public.a"],
          }),
          outcome("4", "refused", {
            when: "down",
            place: { file: "m/4_refused.down.sql", line: 2 },
          }),
          outcome("5", "refused", {
            when: "up-after-down",
            place: { file: "m/5_rows.up.sql", line: 1 },
          }),
          outcome("6", "refused", {
            when: "down",
            place: { file: "m/6_deferred.down.sql", line: 2 },
          }),
          outcome("7", "reversible"),
        ],
      );
      assert.deepEqual(json().at(-1), {
        ...{ event: "finished", command: "verify", verified: 7, findings: 5 },
      });
    });
  });

  test("verifies only the versions that are named, twice in a row if it is told so", async () => {
    await withFolder(FILES, async (folder) => {
      const one = await verifyOnServer(`${folder}/m`, "7");
      assert.equal(one.status, 0, one.stderr);
      assert.match(one.stdout, /verified 1 migration: 1 can be reverted/);
      const twice = await verifyOnServer(`${folder}/m`, "7", "--twice");
      assert.equal(twice.status, 1);
      assert.match(twice.stdout, /7 outside: its up script cannot run twice\n.*b_id/);
      const unknown = await verifyOnServer(`${folder}/m`, "8");
      assert.equal(unknown.status, 2);
      assert.match(unknown.stderr, /plan\/unknown-target/);
    });
  });

  test("does not take a script that is not SQL for an empty one", async () => {
    const broken = { ...FILES, "m/3_changes.up.sql": "ALTER TABL a ADD COLUMN x integer;" };
    await withFolder(broken, async (folder) => {
      const { status, stderr } = await verifyOnServer(`${folder}/m`);
      assert.equal(status, 4, stderr);
      assert.match(stderr, /3_changes\.up\.sql:1/);
    });
    const oneWay = { ...FILES, "m/7_outside.down.sql": "DROP INDX b_id;" };
    await withFolder(oneWay, async (folder) => {
      const { status, stdout } = await verifyOnServer(`${folder}/m`, "7");
      assert.equal(status, 1);
      assert.match(stdout, /7 outside: its down script cannot run\n.*syntax error/);
    });
  });

  test("says that a migration without a down script is irreversible", async () => {
    await withFolder({ "m/1_only.up.sql": "CREATE TABLE a (id integer);" }, async (folder) => {
      const { status, stdout } = await verifyOnServer(`${folder}/m`);
      assert.equal(status, 0);
      assert.match(stdout, /0 can be reverted, 1 irreversible, 0 with findings/);
    });
  });

  test("makes databases of its own with --shadow-url, and drops them", async () => {
    const server = await sharedCluster(18);
    await withFolder(FILES, async (folder) => {
      const { status, stdout } = await verifyOnServer(`${folder}/m`);
      assert.equal(status, 1);
      assert.match(stdout, /7 migrations: 2 can be reverted, 0 irreversible, 5 with findings/);
    });
    const left = await server.sql(
      "postgres",
      "SELECT datname FROM pg_database WHERE datname ~ 'migrator_shadow'",
    );
    assert.deepEqual(left, []);
  });
});

function outcome(
  version: string,
  result: string,
  { when, place, objects }: {
    readonly when?: string;
    readonly place?: unknown;
    readonly objects?: readonly string[];
  } = {},
) {
  return { version, result, when, place, objects };
}

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs/promises";
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
    assert.equal(all.status, 0, all.stderr);
    assert.match(
      all.stdout,
      /^codeintel: verified 7 migrations: 7 can be reverted, 0 irreversible/m,
    );
    const embedded = await verify(migrations, "--db", "codeinsights");
    assert.equal(embedded.status, 0, embedded.stderr);
    assert.equal(embedded.stdout, all.stdout.match(/^codeinsights: .*\n .*\n/m)?.[0]);
  });

  test("finds down scripts that do not restore the schema, and scripts that are refused", async () => {
    await withFolder(FILES, async (folder) => {
      const { status, json } = await verify(`${folder}/m`, "--json");
      assert.equal(status, 1);
      assert.deepEqual(
        json().filter(({ event }) => event === "verified").map((
          { version, result, when, differences, place },
        ) => ({
          ...{ version, result, when, place },
          objects: (differences as Record<string, unknown>[] | undefined)
            ?.map(({ change, object }) => `${change} ${object}`),
        })),
        [
          outcome("1", "reversible"),
          outcome("2", "different", {
            when: "down",
            place: { file: "m/2_leaves.down.sql" },
            objects: ["extra TYPE public.mood"],
          }),
          outcome("3", "different", {
            when: "down",
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

  test("verifies what is new or changed since a version or a revision of git", async () => {
    await withFolder(FILES, async (folder) => {
      const since = async (ref: string) => {
        const { status, stdout, stderr, json } = await verifyOnServer(
          `${folder}/m`,
          "--since",
          ref,
          "--json",
        );
        assert.ok((status ?? 9) <= 1, stdout + stderr);
        return json().filter(({ event }) => event === "verified").map(({ version }) => version);
      };
      assert.deepEqual(await since("5"), ["6", "7"]);
      const git = (...words: string[]) => {
        const ran = spawnSync("git", ["-C", folder, ...words], { encoding: "utf8" });
        assert.equal(ran.status, 0, ran.stderr);
      };
      git("init", "-q");
      git("add", ".");
      const who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
      git(...who, "commit", "-qm", "first");
      assert.deepEqual(await since("HEAD"), []);
      await fs.writeFile(`${folder}/m/2_leaves.down.sql`, "DROP INDEX a_name; DROP TYPE mood;");
      await fs.writeFile(`${folder}/m/8_new.up.sql`, "SELECT 1;");
      await fs.writeFile(`${folder}/m/8_new.down.sql`, "SELECT 1;");
      assert.deepEqual(await since("HEAD"), ["2", "8"]);
      const unknown = await verifyOnServer(`${folder}/m`, "--since", "nowhere");
      assert.equal(unknown.status, 2);
      assert.match(unknown.stderr, /usage\/unknown-revision/);
    });
  });

  test("writes JUnit and SARIF, with the line that made what is left behind", async () => {
    await withFolder(FILES, async (folder) => {
      const junit = await verifyOnServer(`${folder}/m`, "--format", "junit");
      assert.equal(junit.status, 1);
      assert.match(
        junit.stdout,
        /^<\?xml .*\n<testsuites name="migrator verify" tests="7" failures="5"/,
      );
      assert.match(
        junit.stdout,
        /[^m]\/m\/2_leaves\.up\.sql:2:1: error: TYPE public.mood is left behind/,
      );
      const sarif = await verifyOnServer(`${folder}/m`, "--format", "sarif");
      const { runs: [run] } = JSON.parse(sarif.stdout) as {
        runs: { results: { ruleId: string; locations: unknown[] }[] }[];
      };
      assert.deepEqual(run!.results.map(({ ruleId }) => ruleId), [
        "down-schema",
        "down-schema",
        "down-refused",
        "up-after-down-refused",
        "down-refused",
      ]);
      assert.match(JSON.stringify(run!.results[0]!.locations), /2_leaves\.up\.sql".*"startLine":2/);
    });
  });

  test("accepts a loss that is declared, and says what it did not check", async () => {
    const files = {
      "m/1_a.up.sql":
        "CREATE TABLE a (id bigint PRIMARY KEY, name text); INSERT INTO a VALUES (1, 'x');",
      "m/1_a.down.sql": "DROP TABLE a;",
      "m/2_b.up.sql": "ALTER TABLE a DROP COLUMN name;",
      "m/2_b.down.sql": "ALTER TABLE a ADD COLUMN name text;",
    };
    await withFolder(files, async (folder) => {
      const lost = await verifyOnServer(`${folder}/m`);
      assert.equal(lost.status, 1);
      assert.match(lost.stdout, /rows of public\.a: 1 was changed \(name\)/);
      assert.match(lost.stdout, /not checked: .*--twice.*values of sequences/);
      const declared = `-- migrator: dataLoss: names are not kept\n${files["m/2_b.up.sql"]}`;
      await fs.writeFile(`${folder}/m/2_b.up.sql`, declared);
      const { status, stdout } = await verifyOnServer(`${folder}/m`);
      assert.equal(status, 0, stdout);
      assert.match(stdout, /2 b: loses rows, as it declares \(names are not kept\)/);
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

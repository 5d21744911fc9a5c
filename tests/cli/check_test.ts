import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { describe, test } from "node:test";
import { runMigrator } from "../support/command.ts";
import { withFolder } from "../support/folder.ts";

const CLEAN = {
  "m/1_users.up.sql": "CREATE TABLE users (id bigint PRIMARY KEY, email text);",
  "m/1_users.down.sql": "DROP TABLE users;",
};

/** Its lint finding is an error, and its down script restores the table. */
const BLOCKING = {
  ...CLEAN,
  "m/2_email.up.sql": "ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
  "m/2_email.down.sql": "ALTER TABLE users ALTER COLUMN email DROP NOT NULL;",
};

async function migrator(folder: string, command: string, ...more: readonly string[]) {
  return await runMigrator([command, ...more, "--migrations", "m"], {
    cwd: folder,
    timeout: 300_000,
  });
}

/** `lint findings 1`, by check. */
async function verdicts(folder: string, ...more: readonly string[]) {
  const finished = await migrator(folder, "check", "--json", ...more);
  const records = finished.json();
  const rows = records.find(({ event }) => event === "check")?.rows as {
    readonly name: string;
    readonly verdict: string;
    readonly findings: number;
  }[];
  return {
    status: finished.status,
    rows: rows.map((row) => `${row.name} ${row.verdict} ${row.findings}`),
    records,
  };
}

describe("migrator check", () => {
  test("is content with a clean project, and says what it did not check", async () => {
    await withFolder(CLEAN, async (folder) => {
      const { status, stdout, stderr } = await migrator(folder, "check");
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
      assert.match(
        stdout,
        /^validate +\d\S* m?s +ok\nlint +\d\S* m?s +ok\nverify +\d\S* m?s +ok\n/m,
      );
      assert.match(stdout, /^docs +not checked: no documentation in schema\/$/m);
      assert.match(stdout, /^release +not checked: there are no releases$/m);
      assert.match(
        stdout,
        /^compat +not checked: there are no releases, and --since is not given$/m,
      );
    });
  });

  test("exits with 1 for a finding, which is printed under its check", async () => {
    await withFolder(BLOCKING, async (folder) => {
      const { status, stdout } = await migrator(folder, "check", "--only", "validate,lint");
      assert.equal(status, 1);
      assert.match(stdout, /^lint:\nm\/2_email\.up\.sql:1:1: error\[set-not-null\]/m);
      assert.match(stdout, /^lint .* 1 finding$/m);
      assert.match(stdout, /^verify +not checked: left out by --only$/m);
    });
  });

  test("checks documentation and releases where there are any", async () => {
    await withFolder(BLOCKING, async (folder) => {
      assert.equal((await migrator(folder, "docs")).status, 0);
      assert.equal((await migrator(folder, "release", "cut", "v1")).status, 0);
      const sound = await verdicts(folder, "--skip", "lint,verify");
      assert.deepEqual(sound.rows, [
        "validate ok 0",
        "lint not_checked 0",
        "verify not_checked 0",
        "docs ok 0",
        "release ok 0",
        "compat ok 0",
      ]);
      assert.equal(sound.status, 0);
      await fs.writeFile(`${folder}/m/2_email.up.sql`, "ALTER TABLE users DROP COLUMN email;");
      const edited = await verdicts(folder, "--only", "docs,release");
      assert.deepEqual(edited.rows.slice(3, 5), ["docs findings 2", "release findings 1"]);
      assert.deepEqual([edited.status, edited.records.at(-1)?.findings], [1, 3]);
    });
  });

  test("makes the other checks too when a file is damaged, and tells its defect once", async () => {
    await withFolder({ ...BLOCKING, "m/2_email.up.sql": "ALTER TABL users;" }, async (folder) => {
      const { status, rows, records } = await verdicts(folder);
      assert.equal(status, 4);
      assert.deepEqual(rows.slice(0, 2), ["validate failed 0", "lint findings 1"]);
      const failures = records.filter(({ event }) => event === "failed" || event === "failure");
      assert.equal(failures.filter(({ code }) => code === "definition/syntax").length, 1);
    });
  });

  test("refuses a check that there is not", async () => {
    await withFolder(CLEAN, async (folder) => {
      const { status, stderr } = await migrator(folder, "check", "--only", "lnt");
      assert.equal(status, 2);
      assert.match(stderr, /the checks are validate, lint/);
    });
  });
});

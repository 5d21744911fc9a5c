import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import process from "node:process";
import { describe, test } from "node:test";
import { withFolder } from "../support/folder.ts";
import { copyEmpty } from "../../tools/copy_empty.ts";
import { runMigrator } from "../support/command.ts";

const SETTINGS = `migrations: db
historySchema: carried
databases:
  shop:
    url: pglite:\${DATA}
    lockRetries: 7
`;

const FILES = {
  "home/migrator.yaml": SETTINGS,
  "home/db/shop/1_shelves.up.sql": "CREATE TABLE shelves (id bigint);",
  "home/db/shop/1_shelves.down.sql": "DROP TABLE shelves;",
  "away/migrator.yaml": "historySchema: elsewhere\nwibble: x\n",
  "away/other.yaml": "historySchema: other\n",
  "bare/db/shop/1_shelves.up.sql": "CREATE TABLE shelves (id bigint);",
  "bare/db/shop/1_shelves.down.sql": "DROP TABLE shelves;",
};

/** What `config --json` says of the only database, and the warnings. */
async function settingsOf(
  executable: string,
  { cwd, args = [] }: { readonly cwd: string; readonly args?: readonly string[] },
) {
  const ended = await runMigrator(["config", "--json", ...args], {
    executable,
    cwd,
    env: { DATA: "memory" },
  });
  assert.equal(ended.status, 0, ended.stdout);
  const lines = ended.json();
  return {
    settings: lines.find(({ event }) => event === "settings"),
    warnings: lines.filter(({ event }) => event === "warning").map((one) => String(one["message"])),
  };
}

async function bundle(cwd: string, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runMigrator(["bundle", "--output", "out", ...args], {
    cwd,
  });
  assert.equal(status, 0, stdout + stderr);
  return `${cwd}/out`;
}

describe("an executable and migrator.yaml", () => {
  test("by itself it takes that of the folder, with the migrations that it names", async () => {
    await withFolder(FILES, async (root) => {
      const { status, stdout, stderr } = await runMigrator(["leaves"], { cwd: `${root}/home` });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^shop 1 /);
      assert.match(stderr, /using the migrations in db instead of those embedded/);
    });
  });

  test("without migrations inside it takes ./migrations without a word", async () => {
    const files = {
      "migrations/shop/1_shelves.up.sql": "CREATE TABLE shelves (id bigint);",
      "migrations/shop/1_shelves.down.sql": "DROP TABLE shelves;",
    };
    await withFolder(files, async (root) => {
      const executable = `${root}/migrator`;
      copyEmpty(process.env["MIGRATOR_TEST_EXECUTABLE"]!, executable);
      const up = ["up", "--quiet", "--database-url", "pglite:memory"];
      const { status, stdout, stderr } = await runMigrator(up, { executable, cwd: root });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^shop: applied 1 migration in /m);
      assert.equal(stderr, "");
      await fs.rm(`${root}/migrations`, { recursive: true });
      const without = await runMigrator(up, { executable, cwd: root });
      assert.match(without.stderr, /source\/not-found/);
    });
  });

  test("once bundled it takes the one it carries, wherever it is", async () => {
    await withFolder(FILES, async (root) => {
      const out = await bundle(`${root}/home`);
      await fs.rm(`${root}/home/migrator.yaml`);
      const { settings, warnings } = await settingsOf(out, { cwd: `${root}/home` });
      assert.deepEqual(warnings, []);
      assert.equal(settings?.["server"], "pglite:memory");
      assert.equal(settings?.["history_schema"], "carried");
      assert.equal(settings?.["lock_retries"], 7);
      const up = await runMigrator(["up"], { executable: out, env: { DATA: `${root}/data` } });
      assert.equal(up.status, 0, up.stderr);
      const again = await runMigrator(["up"], { executable: out, env: { DATA: `${root}/data` } });
      assert.match(again.stdout, /nothing to do/);
      const unset = await runMigrator(["up"], { executable: out });
      assert.equal(unset.status, 2);
      assert.match(
        unset.stderr,
        /databases\.shop\.url in the carried migrator\.yaml needs .* DATA,/,
      );

      const astray = await settingsOf(out, { cwd: `${root}/away` });
      assert.deepEqual(astray.settings, settings);
      assert.match(astray.warnings.join(), /those in \.\/migrator\.yaml are not looked at/);
      const told = await settingsOf(out, {
        cwd: `${root}/away`,
        args: ["--config", "other.yaml", "--database-url", "pglite:memory"],
      });
      assert.equal(told.settings?.["history_schema"], "other");
      assert.doesNotMatch(told.warnings.join(), /instead of/);
    });
  });

  test("bundled without one it looks for none", async () => {
    await withFolder(FILES, async (root) => {
      const out = await bundle(`${root}/bare`, "--migrations", "db");
      const { settings, warnings } = await settingsOf(out, { cwd: `${root}/away` });
      assert.equal(settings?.["history_schema"], "migrator");
      assert.equal(settings?.["server"], null);
      assert.match(warnings.join(), /those in \.\/migrator\.yaml are not looked at/);
    });
  });
});

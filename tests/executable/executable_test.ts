import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { MARK_START } from "../../src/runtime/executable_mark.ts";
import { runMigrator } from "../support/command.ts";
import { HEADERS, markOf, program } from "../support/program.ts";

const EXECUTABLE = process.env["MIGRATOR_TEST_EXECUTABLE"] ?? "";

const unzip = spawnSync("unzip", ["-v"]).status === 0;
const needsUnzip = { skip: !unzip && "unzip is not installed" };

let scratch: string;
const at = (name: string) => path.join(scratch, name);

before(async () => {
  assert.notEqual(EXECUTABLE, "", "MIGRATOR_TEST_EXECUTABLE must name an executable");
  scratch = await fs.mkdtemp(path.join(os.tmpdir(), "executable-"));
  await write("migrations/shop/1_shelves.up.sql", "CREATE TABLE shelves (id bigint);\n");
  await write("migrations/shop/1_shelves.down.sql", "DROP TABLE shelves;\n");
});

after(() => fs.rm(scratch, { recursive: true }));

async function write(name: string, content: string) {
  await fs.mkdir(path.dirname(at(name)), { recursive: true });
  await fs.writeFile(at(name), content);
}

/** An executable that carries the one migration of `shop`. */
async function bundled(name: string): Promise<string> {
  const { status, stderr } = await runMigrator([
    "bundle",
    "--migrations",
    at("migrations"),
    "--output",
    at(name),
  ]);
  assert.equal(status, 0, stderr);
  return at(name);
}

function bundleFrom(base: string, migrations: string, output: string): string[] {
  return ["bundle", "--base", base, "--migrations", at(migrations), "--output", output];
}

describe("the executable", () => {
  test("knows what it was built for", {}, async () => {
    const { platform } = (await runMigrator(["version", "--json"])).json()[0] ?? {};
    assert.match(String(platform), new RegExp(`^${process.platform}-${process.arch}(-|$)`));
    const bytes = await fs.readFile(EXECUTABLE);
    assert.ok(bytes.includes(`${MARK_START}${platform} `), "the file does not say so");
  });

  test("is an archive without fault, that lists its migrations", needsUnzip, () => {
    const tested = spawnSync("unzip", ["-tqq", EXECUTABLE], { encoding: "utf8" });
    assert.deepEqual([tested.status, tested.stdout, tested.stderr], [0, "", ""]);
    const listed = spawnSync("unzip", ["-Z1", EXECUTABLE], { encoding: "utf8" });
    assert.match(listed.stdout, /^migrations\/frontend\/\d+_\w+\/up\.sql$/m);
  });

  test("knows its own migrations from anywhere", {}, async () => {
    const { status, stdout, stderr } = await runMigrator(["leaves"]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /frontend/);
  });

  test("carries the parser", {}, async () => {
    const { status, stderr } = await runMigrator(["validate", "--migrations", at("migrations")]);
    assert.equal(status, 0, stderr);
    await write("broken/shop/1_broken.up.sql", "CREATE TABEL t ();\n");
    await write("broken/shop/1_broken.down.sql", "");
    const broken = await runMigrator(["validate", "--migrations", at("broken")]);
    assert.equal(broken.status, 4);
    assert.match(broken.stderr, /1_broken\.up\.sql:1:8/);
  });

  test("carries a PostgreSQL with extensions to try things out", {}, async () => {
    const url = `pglite:${at("data")}`;
    const first = await runMigrator(["up", "--database-url", url]);
    assert.equal(first.status, 0, first.stderr);
    const second = await runMigrator(["up", "--database-url", url]);
    assert.equal(second.status, 0, second.stderr);
    assert.match(second.stdout + second.stderr, /nothing to do/);
  });

  test("reads neither .env nor bunfig.toml of the current directory", {}, async () => {
    await write("cwd/.env", `DATABASE_URL=pglite:${at("from_dotenv")}\n`);
    await write("cwd/bunfig.toml", 'preload = ["./preload.ts"]\n');
    await write(
      "cwd/preload.ts",
      `require("node:fs").writeFileSync(${JSON.stringify(at("preloaded"))}, "")`,
    );
    const { status } = await runMigrator(["status"], { cwd: at("cwd") });
    assert.equal(status, 2);
    const names = await fs.readdir(scratch);
    assert.deepEqual(names.filter((name) => /dotenv|preloaded/.test(name)), []);
  });
});

describe("an executable made by bundle", () => {
  test("carries what it was given, and nothing of what its base carried", {}, async () => {
    const executable = await bundled("shop");
    const { status, stdout, stderr } = await runMigrator(["leaves"], { executable });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /shop/);
    assert.doesNotMatch(stdout, /frontend/);
  });

  test("can replace itself", {}, async () => {
    const executable = await bundled("self");
    await write("newer/depot/1_bays.up.sql", "CREATE TABLE bays (id bigint);\n");
    await write("newer/depot/1_bays.down.sql", "DROP TABLE bays;\n");
    const args = ["bundle", "--migrations", at("newer"), "--output", executable];
    const replaced = await runMigrator(args, { executable });
    assert.equal(replaced.status, 0, replaced.stderr);
    assert.match((await runMigrator(["leaves"], { executable })).stdout, /depot/);
  });

  test(
    "can be one for another platform, and its base's migrations are left out aloud",
    {},
    async () => {
      const base = program(HEADERS["windows-x64"], markOf({ target: "windows-x64" }));
      await fs.writeFile(at("base.exe"), base);
      const first = await runMigrator(bundleFrom(at("base.exe"), "migrations", at("shop.exe")));
      assert.equal(first.status, 0, first.stderr);
      assert.match(first.stdout, /1 migration of shop, .*; migrator 0\.1\.0 for windows-x64\n$/);
      const again = await runMigrator(bundleFrom(at("shop.exe"), "migrations", at("again")));
      assert.equal(again.status, 0, again.stderr);
      assert.match(again.stdout, /left out, as its base carried them: 1 migration of shop/);
      assert.match(again.stderr, /warning: .*ends with \.exe/);
      if (unzip) assert.equal(spawnSync("unzip", ["-tqq", at("again")]).status, 0);
    },
  );

  test("starts from no program but ours", {}, async () => {
    const args = bundleFrom("/bin/sh", "migrations", at("never"));
    const { status, stderr } = await runMigrator(args);
    assert.equal(status, 4, stderr);
    assert.match(stderr, /error\[bundle\/base-foreign\]: .* program for .*, but not migrator/);
  });

  test("says that it is damaged when its end was cut off", {}, async () => {
    const executable = await bundled("cut");
    await fs.truncate(executable, (await fs.stat(executable)).size - 100);
    const { status, stderr } = await runMigrator(["leaves"], { executable });
    assert.equal(status, 4);
    assert.match(stderr, /bundle\/corrupt/);
  });
});

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { defineBatchedMigration } from "../../../src/background/jobs/define_batched_migration.ts";
import { BUNDLE_FORMAT } from "../../../src/bundle/bundle_index.ts";
import { openBundle } from "../../../src/bundle/bundle_source.ts";
import { bundleMigrations } from "../../../src/bundle/bundle_migrations.ts";
import { verifyBundle } from "../../../src/bundle/verify_bundle.ts";
import { Failure } from "../../../src/failure.ts";
import { codeDefinitionsOf } from "../../../src/workspace/definitions.ts";
import { openDirectory } from "../../../src/source/disk.ts";
import { HEADERS, markOf, program, signed } from "../../support/program.ts";

const FILES: Readonly<Record<string, string>> = {
  "shop/1700000001_init/metadata.yaml": "name: init\nparents: []\n",
  "shop/1700000001_init/up.sql": "\uFEFFCREATE TABLE shelf (id bigint PRIMARY KEY);\r\n",
  "shop/1700000001_init/down.sql": "DROP TABLE shelf;\n",
  "shop/1700000002_label/metadata.yaml": "name: add a label\nparents: [1700000001]\n",
  "shop/1700000002_label/up.sql":
    "ALTER TABLE shelf ADD COLUMN label text; COMMENT ON COLUMN shelf.label IS 'ÄÖ 🛒';\n",
  "shop/1700000002_label/down.sql": "ALTER TABLE shelf DROP COLUMN label;\n",
  "shop/background/label_shelves.yaml":
    "table: shelf\nsql: UPDATE shelf SET label = 'ä' WHERE batch() AND label IS NULL\n",
  "audit/1_events.up.sql": "CREATE TABLE events (at timestamptz);\n",
  "audit/1_events.down.sql": "DROP TABLE events;\n",
  "audit/2_index.up.sql": "CREATE INDEX CONCURRENTLY events_at ON events (at);\n",
  "audit/2_index.down.sql": "DROP INDEX events_at;\n",
  "proxy/1700000001_hosts.tx.up.sql": "-- migrator: lockTimeout: 5s\nCREATE TABLE hosts (id int)\n",
  "proxy/20260102030405_seen.up.sql":
    "ALTER TABLE hosts ADD seen date\n--bun:split\nCREATE INDEX CONCURRENTLY ON hosts (seen)\n",
  "proxy/20260102030405_seen.down.sql": "ALTER TABLE hosts DROP seen\n--bun:split\n",
  "deck/2017-10-06-234455_cards/up.sql": "CREATE TABLE cards (id int);\n",
  "deck/2017-10-06-234455_cards/metadata.toml": "run_in_transaction = false\n",
  "deck/20171006234456_suits/up.sql": "CREATE TABLE suits (id int);\n",
  "releases/v1.0.0.json":
    '{"format": 1, "release": "v1.0.0", "databases": {"shop": {"leaves": [], "migrations": {}}}}\n',
  "moods/1_moods.sql": "-- +goose Up\nCREATE TABLE moods ();\n-- +goose Down\nDROP TABLE moods;\n",
  "moods/2_tones.sql": "-- +goose Up\nCREATE TABLE tones ();\n-- +goose Down\nDROP TABLE tones;\n",
};

const BASE = program(HEADERS["linux-x64"], markOf());

/** No migration, and so not to be carried. */
const STRAY = "shop/README.md";

let directory: string;
const at = (name: string) => path.join(directory, name);

before(async () => {
  directory = await fs.mkdtemp(path.join(os.tmpdir(), "bundle-"));
  for (const [name, text] of Object.entries({ ...FILES, [STRAY]: "nothing" })) {
    await fs.mkdir(path.dirname(at(`migrations/${name}`)), { recursive: true });
    await fs.writeFile(at(`migrations/${name}`), text);
  }
  await fs.writeFile(at("base"), BASE);
  await bundle({ output: at("bundled") });
});

after(() => fs.rm(directory, { recursive: true }));

function bundle(options: { output: string; base?: string; migrations?: string }) {
  return bundleMigrations({ base: at("base"), migrations: at("migrations"), ...options });
}

async function opened(file: string) {
  const source = await openBundle(file);
  assert.ok(source, `${file} carries no bundle`);
  return source;
}

function fails(promise: Promise<unknown>, code: string) {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.code, code);
    assert.ok(error.hint, "there is no hint");
    return true;
  });
}

describe("a bundle", () => {
  test("gives back every definition as the directory gives it", {}, async () => {
    const expected = await openDirectory(at("migrations"));
    const source = await opened(at("bundled"));
    assert.deepEqual(source.databases, ["audit", "deck", "moods", "proxy", "shop"]);
    assert.equal(source.label, `embedded in ${at("bundled")}`);
    for (const database of source.databases) {
      const [actual, wanted] = [await source.load(database), await expected.load(database)];
      assert.equal(actual.layout, wanted.layout);
      assert.equal(actual.background.length, database === "shop" ? 1 : 0);
      assert.deepEqual(actual.background, wanted.background);
      assert.equal(actual.definitions.length, 2);
      const listed = (await source.list(database)).map(({ version }) => version);
      assert.deepEqual(listed.sort(), actual.definitions.map(({ version }) => version).sort());
      assert.deepEqual(
        (await expected.list(database)).map(({ version }) => version).sort(),
        listed,
      );
      for (const [index, definition] of actual.definitions.entries()) {
        const want = wanted.definitions[index];
        const { up: _up, down: _down, ...facts } = definition;
        const { up: _wantedUp, down: _wantedDown, ...wantedFacts } = want ?? {};
        assert.deepEqual(facts, {
          origin: undefined,
          upChecksum: want?.up.checksum,
          ...wantedFacts,
        });
        for (const direction of ["up", "down"] as const) {
          const [script, wantedScript] = [definition[direction], want?.[direction]];
          assert.equal(await script?.read(), await wantedScript?.read());
          assert.equal(JSON.stringify(script), JSON.stringify(wantedScript));
        }
      }
    }
  });

  test("gives back the manifests of releases", {}, async () => {
    const source = await opened(at("bundled"));
    const expected = await (await openDirectory(at("migrations"))).releases!();
    assert.equal(expected.length, 1);
    assert.deepEqual(await source.releases!(), expected);
    assert.ok(!source.databases.includes("releases"));
  });

  test("carries what the program defines, which then is not worked out again", {}, async () => {
    const job = defineBatchedMigration({
      ...{ name: "scan_shelves", database: "shop", table: "shelf" },
      perform: () => Promise.resolve(),
    });
    const own = (database: string) => codeDefinitionsOf({ jobs: [job] }, database);
    await bundleMigrations({
      ...{ base: at("base"), migrations: at("migrations"), output: at("own"), defined: own },
    });
    const source = await opened(at("own"));
    const declare = () => Promise.reject(new Error("it was carried"));
    const set = await source.load("shop", { names: ["scan_shelves"], declare });
    assert.deepEqual(set.background.map(({ name }) => name), ["label_shelves", "scan_shelves"]);
    assert.deepEqual(set.background[1], await job.declaration());
    const bare = await opened(at("bundled"));
    const joined = await bare.load("shop", own("shop"));
    assert.deepEqual(joined.background, set.background);
    assert.equal((await bare.load("audit", own("audit"))).background.length, 0);
  });

  test("begins with the program and is executable", {}, async () => {
    const [base, bundled] = [await fs.readFile(at("base")), await fs.readFile(at("bundled"))];
    assert.ok(base.equals(bundled.subarray(0, base.length)));
    assert.equal((await fs.stat(at("bundled"))).mode & 0o777, 0o755);
  });

  test("is the same bytes for the same input", {}, async () => {
    await bundle({ output: at("again") });
    assert.ok((await fs.readFile(at("bundled"))).equals(await fs.readFile(at("again"))));
  });

  test("replaces the bundle of a base that carries one, also in place", {}, async () => {
    await fs.mkdir(at("other/shop"), { recursive: true });
    await fs.writeFile(at("other/shop/1_x.up.sql"), "SELECT 1;");
    await fs.writeFile(at("other/shop/1_x.down.sql"), "SELECT 1;");
    await bundle({ output: at("in_place"), migrations: at("other") });
    assert.deepEqual((await opened(at("in_place"))).databases, ["shop"]);
    const written = await bundle({ output: at("in_place"), base: at("in_place") });
    assert.deepEqual(written.replaced, { databases: ["shop"], migrations: 1 });
    assert.ok((await fs.readFile(at("bundled"))).equals(await fs.readFile(at("in_place"))));
  });

  test("is made from the directory of a single database, too", {}, async () => {
    const written = await bundle({ output: at("single"), migrations: at("migrations/audit") });
    assert.equal(written.migrations, 2);
    assert.equal(written.replaced, undefined);
    const set = await (await opened(at("single"))).load("audit");
    assert.equal(await set.definitions[0]?.up.read(), FILES["audit/1_events.up.sql"]);
    assert.deepEqual(set.background, []);
  });

  test("reads batched migrations only for who asks for them", {}, async () => {
    const bytes = await fs.readFile(at("bundled"));
    const name = "migrator/background.json";
    const content = bytes.indexOf(name) + name.length;
    bytes.writeUInt8(bytes.readUInt8(content) ^ 0xff, content);
    await fs.writeFile(at("damaged"), bytes);
    const set = await (await opened(at("damaged"))).load("shop");
    assert.equal(await set.definitions[0]?.down?.read(), "DROP TABLE shelf;\n");
    assert.throws(() => set.background, { code: "bundle/corrupt" });
  });

  test("stays readable by who has it open when its file is replaced", {}, async () => {
    await bundle({ output: at("replaced") });
    const set = await (await opened(at("replaced"))).load("audit");
    await fs.writeFile(at("empty"), "");
    await fs.rename(at("empty"), at("replaced"));
    assert.equal(await set.definitions[1]?.up.read(), FILES["audit/2_index.up.sql"]);
  });

  test("names the databases it has when asked for another", {}, async () => {
    await fails((await opened(at("bundled"))).load("nope"), "source/unknown-database");
  });

  const unzip = spawnSync("unzip", ["-v"]).status === 0;
  test("is a ZIP without fault to unzip", { skip: !unzip && "unzip is not installed" }, () => {
    const tested = spawnSync("unzip", ["-tqq", at("bundled")], { encoding: "utf8" });
    assert.deepEqual([tested.status, tested.stdout, tested.stderr], [0, "", ""]);
    const listed = spawnSync("unzip", ["-Z1", at("bundled")], { encoding: "utf8" });
    assert.deepEqual(listed.stdout.trim().split("\n"), [
      "migrator/index.json",
      "migrator/scripts.json",
      "migrator/background.json",
      ...Object.keys(FILES).sort().map((name) => `migrations/${name}`),
      // Each direction of a file that holds both, as it is run.
      ...["1.up", "1.down", "2.up", "2.down"].map((name) => `migrator/scripts/moods/${name}.sql`),
      "migrator/manifest.json",
    ]);
  });
});

/** Bytes from one that is flipped to the next. `MIGRATOR_TEST_STRIDE=1` flips each, in a minute. */
const STRIDE = Number(process.env["MIGRATOR_TEST_STRIDE"] ?? 23);

describe("a file without a whole bundle", () => {
  test("is told from one with: a program alone carries none", {}, async () => {
    assert.equal(await openBundle(at("base")), undefined);
  });

  test("is told from one with: a foreign ZIP is none", {}, async () => {
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50);
    await fs.writeFile(at("foreign"), end);
    assert.equal(await openBundle(at("foreign")), undefined);
  });

  test("is unreadable when it is not there", {}, async () => {
    await fails(openBundle(at("absent")), "bundle/unreadable");
  });

  for (const kept of [0.999, 0.6, 0.1]) {
    test(`is corrupt when only ${kept * 100} % of the bundle is left`, {}, async () => {
      const bytes = await fs.readFile(at("bundled"));
      const size = BASE.length + Math.floor((bytes.length - BASE.length) * kept);
      await fs.writeFile(at("cut"), bytes.subarray(0, size));
      await fails(openBundle(at("cut")), "bundle/corrupt");
    });
  }

  test("is corrupt wherever a byte of it was flipped", {}, async () => {
    const bytes = await fs.readFile(at("bundled"));
    for (let position = BASE.length; position < bytes.length; position += STRIDE) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(position) ^ 0xff, position);
      await fs.writeFile(at("flipped"), flipped);
      assert.throws(
        () => verifyBundle(at("flipped")),
        { code: "bundle/corrupt" },
        String(position),
      );
    }
  });

  test("says which program reads a newer format", {}, async () => {
    const bytes = await fs.readFile(at("bundled"));
    const { crc32 } = await import("node:zlib");
    const old = Buffer.from(`{"format":${BUNDLE_FORMAT},`);
    const from = bytes.indexOf(old);
    bytes.write('{"format":9,', from);
    const local = bytes.lastIndexOf("PK\x03\x04", from, "latin1");
    const central = bytes.indexOf("PK\x01\x02", from, "latin1");
    const crc = crc32(bytes.subarray(from, from + bytes.readUInt32LE(central + 24)));
    bytes.writeUInt32LE(crc, local + 14);
    bytes.writeUInt32LE(crc, central + 16);
    await fs.writeFile(at("newer"), bytes);
    await fails(openBundle(at("newer")), "bundle/format");
  });
});

describe("a base for another platform", () => {
  test("is made into one that carries the same", {}, async () => {
    for (const [platform, header] of Object.entries(HEADERS)) {
      const target = platform.startsWith("linux-") ? `${platform}-musl` : platform;
      await fs.writeFile(at("other_base"), program(header, markOf({ target, version: "0.0.9" })));
      const written = await bundle({ base: at("other_base"), output: at("other_bundled") });
      assert.deepEqual([written.target, written.version], [target, "0.0.9"]);
      const { databases } = await opened(at("other_bundled"));
      assert.deepEqual(databases, ["audit", "deck", "moods", "proxy", "shop"]);
    }
  });

  test("is refused by name when nothing could come of it", {}, async () => {
    const [linux, windows] = [HEADERS["linux-x64"], HEADERS["windows-x64"]];
    const forWindows = program(windows, markOf({ target: "windows-x64" }));
    const table: readonly [string, Uint8Array, RegExp][] = [
      ["bundle/base-foreign", program(linux, "nothing"), /program for linux-x64, but not migrator/],
      ["bundle/base-foreign", program(linux, "linux-x64 0.1.0>"), /but not migrator/],
      ["bundle/base-foreign", Buffer.from("#!/bin/sh\n"), /is not an executable\./],
      ["bundle/base-foreign", Buffer.alloc(0), /is not an executable\./],
      [
        "bundle/base-foreign",
        program(Buffer.from("a tar"), markOf()),
        /not an executable, though it holds migrator 0\.1\.0 for linux-x64/,
      ],
      ["bundle/base-foreign", program(windows, markOf()), /built for linux-x64, .* windows-x64/],
      ["bundle/base-too-old", program(linux, markOf({ format: 0 })), /up to format 0, .* format 2/],
      ["bundle/base-signed", signed(forWindows, { position: 9, size: 9 }), /it is signed/],
      ["bundle/corrupt", (await fs.readFile(at("bundled"))).subarray(0, -99), /damaged/],
    ];
    for (const [code, bytes, message] of table) {
      await fs.writeFile(at("wrong_base"), bytes);
      const refused = bundle({ base: at("wrong_base"), output: at("never") });
      await fails(refused, code);
      await assert.rejects(refused, message);
      await assert.rejects(refused, (error: Error) => error.message.includes(at("wrong_base")));
    }
    await assert.rejects(fs.stat(at("never")));
  });

  test("is found again with the signature that Windows wants behind the bundle", {}, async () => {
    const base = program(HEADERS["windows-x64"], markOf({ target: "windows-x64" }));
    await fs.writeFile(at("exe_base"), base);
    await bundle({ base: at("exe_base"), output: at("bundled.exe") });
    const bytes = await fs.readFile(at("bundled.exe"));
    const position = Math.ceil(bytes.length / 8) * 8;
    const signature = Buffer.alloc(20_000, "signature");
    const padded = Buffer.concat([bytes, Buffer.alloc(position - bytes.length), signature]);
    await fs.writeFile(at("signed.exe"), signed(padded, { position, size: signature.length }));
    const { databases } = await opened(at("signed.exe"));
    assert.deepEqual(databases, ["audit", "deck", "moods", "proxy", "shop"]);
    await fs.writeFile(at("junk.exe"), padded);
    await fails(openBundle(at("junk.exe")), "bundle/corrupt");
  });
});

describe("writing a bundle", () => {
  test("refuses a directory as the output", {}, async () => {
    await fails(bundle({ output: directory }), "bundle/output");
  });

  test("refuses a base that is not there", {}, async () => {
    await fails(bundle({ output: at("never"), base: at("absent") }), "bundle/base");
  });

  test("leaves nothing behind when it fails", {}, async () => {
    await fails(bundle({ output: at("absent/migrator") }), "bundle/output");
    const names = await fs.readdir(directory);
    assert.deepEqual(names.filter((name) => name.startsWith(".")), []);
  });
});

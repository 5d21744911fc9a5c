import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LayoutReading } from "../../../src/definition/layouts/layout.ts";
import { addMigration } from "../../../src/source/add.ts";
import { openDirectory } from "../../../src/source/disk.ts";
import { codesAndPlaces, defectsOf, loadFiles } from "../definition/load_files.ts";
import { type Files, withFolder } from "../../support/folder.ts";

const PLAIN = "CREATE TABLE t (id bigint);";
const WRAPPED = `BEGIN; ${PLAIN} COMMIT;`;
const INDEX = "CREATE INDEX CONCURRENTLY i ON t (id);";

/** Names of bun's without any mark of it. */
const FLAT: Files = { "1_a.up.sql": PLAIN, "2_b.up.sql": INDEX };

describe("a layout that the project names", () => {
  it("is taken where nothing could tell it", async () => {
    assert.equal((await loadFiles(FLAT)).layout, "golang-migrate");
    assert.equal((await loadFiles(FLAT, { layout: "bun" })).layout, "bun");
    const directory: Files = { "1_a/up.sql": PLAIN, "1_a/metadata.yaml": "parents: [7]" };
    const read = await loadFiles(directory, { layout: "plain-directory" });
    assert.deepEqual(read.definitions[0]?.parents, []);
  });

  const refused: readonly (readonly [Files, LayoutReading, string])[] = [
    [FLAT, { layout: "directory" }, "definition/other-layout at 1_a.up.sql"],
    [{ "1_a/up.sql": "" }, { layout: "bun" }, "definition/other-layout at 1_a"],
    [{ "1_a/up.sql": "", ...FLAT }, { layout: "bun" }, "definition/mixed-layouts at 1_a.up.sql"],
    [{ "x.txt": "" }, { layout: "bun" }, "definition/empty at "],
  ];
  for (const [files, reading, expected] of refused) {
    it(`is refused where the files are none such: ${expected}`, async () => {
      assert.deepEqual(codesAndPlaces(await defectsOf(files, reading)), [expected]);
    });
  }

  it("is the one that add begins with", async () => {
    const now = Date.UTC(2026, 2, 4, 5, 6, 7);
    const expected = {
      "directory": "1772600767_add_users/up.sql",
      "plain-directory": "2026-03-04-050607_add_users/up.sql",
      "golang-migrate": "20260304050607_add_users.up.sql",
      "bun": "20260304050607_add_users.tx.up.sql",
      "goose": "20260304050607_add_users.sql",
      "dbmate": "20260304050607_add_users.sql",
      "sql-migrate": "20260304050607_add_users.sql",
      "node-pg-migrate": "20260304050607_add_users.sql",
      "tern": "20260304050607_add_users.sql",
      "sqlx": "20260304050607_add_users.sql",
      "supabase": "20260304050607_add_users.sql",
      "flyway": "V20260304050607__add_users.sql",
      "refinery": "V20260304050607__add_users.sql",
      "hasura": "1772600767000_add_users/up.sql",
    } as const;
    for (const [layout, path] of Object.entries(expected)) {
      await withFolder({}, async (root) => {
        const reading = { layout: layout as keyof typeof expected };
        const add = (name: string) => addMigration({ root, database: "app", name, now, reading });
        assert.equal((await add("Add users")).paths[0], `${root}/app/${path}`);
        await add("again");
        const set = await (await openDirectory(root, () => reading)).load("app");
        assert.deepEqual([set.layout, set.definitions.length], [layout, 2]);
      });
    }
  });
});

describe("what the project says of transactions", () => {
  const metadata = "parents: []\ncreateIndexConcurrently: ";
  const directory = (up: string, more = "false"): Files => ({
    "1_a/up.sql": up,
    "1_a/down.sql": "",
    "1_a/metadata.yaml": metadata + more,
  });
  const mode = async (files: Files, reading: LayoutReading) =>
    (await loadFiles(files, reading)).definitions.map(({ up }) => up.transaction).join(" ");

  const table: readonly (readonly [Files, readonly [string, string, string]])[] = [
    [{ "1_a.up.sql": PLAIN }, ["single", "none", "single"]],
    [{ "1_a.up.sql": WRAPPED }, ["single", "single", "single"]],
    [{ "1_a.up.sql": `-- migrator: transaction: none\n${PLAIN}` }, ["none", "none", "none"]],
    [directory(PLAIN), ["single", "none", "single"]],
    [directory(INDEX, "true\ntransaction: none"), ["none", "none", "none"]],
    [{ "1_a.up.sql": `--bun:split\n${PLAIN}` }, ["single", "none", "none"]],
    [{ "1_a.tx.up.sql": PLAIN }, ["single", "single", "single"]],
  ];
  for (const [files, [single, none, asNamed]] of table) {
    const [[name, text]] = Object.entries(files) as [[string, string]];
    it(`holds for ${name} with ${JSON.stringify(text)}, where it does not say so`, async () => {
      assert.equal(await mode(files, { transaction: "single" }), single);
      assert.equal(await mode(files, { transaction: "none" }), none);
      assert.equal(await mode(files, { transaction: "as-named" }), asNamed);
    });
  }

  it("refuses what cannot be in one, when all must be in one", async () => {
    const enumValue = "ALTER TYPE e ADD VALUE 'x'; UPDATE t SET e = 'x';";
    const cases: readonly (readonly [Files, string])[] = [
      [{ "1_a.up.sql": `${PLAIN}\nVACUUM t;` }, "1_a.up.sql:2"],
      [directory(INDEX, "true"), "1_a/up.sql:1"],
      [{ "1_a.up.sql": `--bun:split\n${enumValue}` }, "1_a.up.sql:2"],
    ];
    for (const [files, place] of cases) {
      assert.deepEqual(
        codesAndPlaces(await defectsOf(files, { transaction: "single" })),
        [`definition/outside-in-transaction at ${place}`],
      );
    }
  });

  it("leaves no savepoint without a transaction", async () => {
    const files = { "1_a.up.sql": `SAVEPOINT s; ${PLAIN}` };
    assert.equal(await mode(files, {}), "single");
    assert.deepEqual(codesAndPlaces(await defectsOf(files, { transaction: "none" })), [
      "definition/stray-transaction-control at 1_a.up.sql:1",
    ]);
  });
});

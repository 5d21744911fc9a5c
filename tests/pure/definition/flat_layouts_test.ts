import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Definition, Script } from "../../../src/definition/migration/definition.ts";
import type { Files } from "../../support/folder.ts";
import { codesAndPlaces, defectsOf, loadFiles } from "./load_files.ts";

/** Empty files. */
function empty(...names: readonly string[]): Files {
  return Object.fromEntries(names.map((name) => [name, ""]));
}

/** Both directions of each, empty. */
function pairs(...stems: readonly string[]): Files {
  return empty(...stems.flatMap((stem) => [`${stem}.up.sql`, `${stem}.down.sql`]));
}

async function namesOf(files: Files): Promise<string[]> {
  const { definitions } = await loadFiles(files);
  return definitions.map(({ version, name }) => `${version} ${name}`);
}

async function statementsOf(script: Script): Promise<string[]> {
  const text = await script.read();
  return script.statements.map(({ start, end }) => text.slice(start, end));
}

const MARK = { "migrations.go": 'import "github.com/uptrace/bun/migrate"' };

describe("flat files", () => {
  const layouts: readonly [string, Files, "bun" | "golang-migrate"][] = [
    [".tx in a name", { ...pairs("1_a"), ...empty("2_b.tx.up.sql") }, "bun"],
    ["--bun:split in a file", { "1_a.up.sql": "SELECT 1;\n--bun:split\nSELECT 2" }, "bun"],
    ["--bun:split behind a BOM and CRLF", { "1_a.up.sql": "\uFEFF--bun:split\r\n" }, "bun"],
    ["Go that imports bun", { ...pairs("20200101000000_a"), ...MARK }, "bun"],
    ["--bun:split in a string", { "1_a.up.sql": "SELECT '\n--bun:split\n'" }, "golang-migrate"],
    ["--bun:split in a function", { "1_a.up.sql": "DO $$\n--bun:split\n$$" }, "golang-migrate"],
    ["--bun:split inside a line", { "1_a.up.sql": "SELECT 1; --bun:split" }, "golang-migrate"],
    [
      "Go that does not",
      { ...pairs("20200101000000_a"), "embed.go": "package m" },
      "golang-migrate",
    ],
    ["nothing of bun's", pairs("20200101000000_a"), "golang-migrate"],
  ];
  for (const [what, files, layout] of layouts) {
    it(`are ${layout}'s when there is ${what}`, async () => {
      assert.equal((await loadFiles(files)).layout, layout);
    });
  }

  it("are in numeric order, from 0, whatever the padding", async () => {
    assert.deepEqual(await namesOf(pairs("10_d", "9_c", "2_b", "000_a", "0011_e")), [
      "0 a",
      "2 b",
      "9 c",
      "10 d",
      "11 e",
    ]);
  });

  it("may have titles with spaces and letters of any language, and none", async () => {
    assert.deepEqual(await namesOf(pairs("1_größe ändern", "2_日本.v2", "3_")), [
      "1 größe ändern",
      "2 日本.v2",
      "3 ",
    ]);
  });

  it("are passed over when editors left them, or nothing says that they are migrations", async () => {
    const others = [
      "1_a.up.sql~",
      "1_a.up.sql.swp",
      ".1_a.up.sql.swp",
      "1_a.down.sql.orig",
      "2_b.sql",
      "up.sql",
      "notes/3_c.up.sql",
    ];
    assert.deepEqual(await namesOf({ ...pairs("1_a"), ...empty(...others) }), ["1 a"]);
  });

  it("may be links", async () => {
    const files = { "1_a.up.sql": "SELECT 1", "1_a.down.sql": { link: "1_a.up.sql" } };
    const { definitions } = await loadFiles(files);
    assert.equal(definitions[0]!.down!.checksum, definitions[0]!.up.checksum);
  });

  const refused: readonly [string, Files, readonly string[]][] = [
    ["other letters", empty("1_a.up.sql", "2_b.UP.SQL"), ["malformed-name at 2_b.UP.SQL"]],
    ["another ending", empty("1_a.up.sql", "2_b.down.pgsql"), ["malformed-name at 2_b.down.pgsql"]],
    ["an up alone beside others", { ...pairs("1_a"), ...empty("2_b.up.sql") }, [
      "missing-down at 2_b.up.sql",
    ]],
    ["a down alone", { ...pairs("1_a"), ...empty("2_b.down.sql") }, ["missing-up at 2_b.down.sql"]],
    ["padding that hides one version", pairs("001_a", "1_b"), [
      "duplicate-version at 1_b.down.sql",
      "duplicate-version at 1_b.up.sql",
    ]],
  ];
  for (const [what, files, expected] of refused) {
    it(`are refused for ${what}`, async () => {
      assert.deepEqual(
        codesAndPlaces(await defectsOf(files)),
        expected.map((one) => `definition/${one}`),
      );
    });
  }

  it("need no down that a header says cannot be", async () => {
    const files = {
      ...pairs("1_a", "3_c"),
      "2_b.up.sql": "-- migrator: irreversible: gone for good",
    };
    const { definitions } = await loadFiles(files);
    assert.equal(definitions[1]!.down, undefined);
    assert.equal(definitions[1]!.metadata.irreversible, "gone for good");
  });
});

describe("the bun layout", () => {
  it("takes a missing down for no way back, and any number of digits", async () => {
    const { definitions } = await loadFiles({
      ...pairs("1700000000_b.tx", "20210505110847_c-d"),
      ...empty("0001_a.up.sql"),
      ...MARK,
    });
    assert.deepEqual(
      definitions.map(({ version, name, parents, down }) => [version, name, parents, down?.path]),
      [
        [1n, "a", [], undefined],
        [1700000000n, "b", [1n], "app/1700000000_b.tx.down.sql"],
        [20210505110847n, "c-d", [1700000000n], "app/20210505110847_c-d.down.sql"],
      ],
    );
  });

  it("ends a statement at --bun:split, and nowhere else", async () => {
    const up = [
      "SET statement_timeout = 0",
      "--bun:split",
      "",
      "--bun:split",
      "SELECT '",
      "--bun:split",
      "';",
      "--bun:split ",
      "CREATE FUNCTION f() RETURNS void AS $$",
      "--bun:split",
      "$$ LANGUAGE sql",
    ].join("\r\n");
    const [definition] = (await loadFiles({ "1_a.tx.up.sql": up })).definitions;
    assert.deepEqual(await statementsOf(definition!.up), [
      "SET statement_timeout = 0",
      "SELECT '\r\n--bun:split\r\n'",
      "CREATE FUNCTION f() RETURNS void AS $$\r\n--bun:split\r\n$$ LANGUAGE sql",
    ]);
    assert.equal(await definition!.up.read(), up);
  });

  it("runs a file in a transaction, unless a statement cannot run in one", async () => {
    const { definitions } = await loadFiles({
      "1_a.up.sql": "SELECT 1",
      "2_b.up.sql": "SELECT 1\n--bun:split\nCREATE INDEX CONCURRENTLY i ON t (a)",
      "3_c.tx.up.sql": "SELECT 1",
      "4_d.up.sql": "-- migrator: transaction: none\nSELECT 1",
    });
    assert.deepEqual(definitions.map(({ up }) => up.transaction), [
      "single",
      "none",
      "single",
      "none",
    ]);
  });

  const enums: readonly [string, string, "single" | "none"][] = [
    ["1_a.up.sql", "ALTER TYPE t ADD VALUE 'it''s'; UPDATE u SET v = 'it''s'", "none"],
    ["1_a.down.sql", "ALTER TYPE t ADD VALUE 'b'; DO $$ SELECT 'b' $$", "none"],
    ["1_a.tx.up.sql", "ALTER TYPE t ADD VALUE 'b'; UPDATE u SET v = 'b'", "single"],
    ["1_a.up.sql", "ALTER TYPE t ADD VALUE 'b'; UPDATE u SET v = 'c'", "single"],
    ["1_a.up.sql", "UPDATE u SET v = 'b'; ALTER TYPE t ADD VALUE 'b'", "single"],
    ["1_a.up.sql", "ALTER TYPE t RENAME VALUE 'a' TO 'b'; UPDATE u SET v = 'b'", "single"],
    ["1_a.up.sql", "BEGIN; ALTER TYPE t ADD VALUE 'b'; UPDATE u SET v = 'b'; COMMIT", "single"],
    [
      "1_a.up.sql",
      "CREATE TYPE t AS ENUM (); ALTER TYPE t ADD VALUE 'b'; UPDATE u SET v = 'b'",
      "single",
    ],
  ];
  for (const [name, sql, expected] of enums) {
    it(`runs ${name} with ${sql} ${expected === "none" ? "outside" : "in"} a transaction`, async () => {
      const files: Record<string, Files[string]> = { ...MARK, ...empty("1_a.up.sql"), [name]: sql };
      if (name.includes(".tx")) delete files["1_a.up.sql"];
      const [{ up, down }] = (await loadFiles(files)).definitions as [Definition];
      assert.equal((name.includes(".down") ? down! : up).transaction, expected);
    });
  }

  const refused: readonly [string, Files, readonly string[]][] = [
    ["migrations in Go", empty("20200101000000_a.up.sql", "20200102000000_b.up.go", "3_c.go"), [
      "go-migration at 20200102000000_b.up.go",
    ]],
    ["files in subdirectories", { ...MARK, ...pairs("1_a"), ...empty("old/2_b.up.sql") }, [
      "nested-migration at old/2_b.up.sql",
    ]],
    ["names that bun does not read", empty("1_a.tx.up.sql", "2_Größe.up.sql"), [
      "mixed-layouts at 2_Größe.up.sql",
    ]],
    ["an up and a down with different names", empty("1_a.tx.up.sql", "1_b.down.sql"), [
      "duplicate-version at 1_b.down.sql",
    ]],
    ["the same with and without .tx", empty("1_a.tx.up.sql", "1_a.up.sql"), [
      "duplicate-version at 1_a.up.sql",
    ]],
    ["an order that is bun's only", empty("9_a.tx.up.sql", "10_b.tx.up.sql"), [
      "ambiguous-order at 10_b.tx.up.sql",
    ]],
    ["a down alone", empty("1_a.tx.up.sql", "2_b.tx.down.sql"), ["missing-up at 2_b.tx.down.sql"]],
    ["an unknown directive", { "1_a.up.sql": "SELECT 1;\n--bun:splat\n" }, [
      "unknown-directive at 1_a.up.sql:2:1",
    ]],
    [".tx for what has no transaction", { "1_a.tx.up.sql": "SELECT 1;\nVACUUM t;" }, [
      "outside-in-transaction at 1_a.tx.up.sql:2",
    ]],
    [".tx and a header without one", { "1_a.tx.up.sql": "-- migrator: transaction: none" }, [
      "outside-in-transaction at 1_a.tx.up.sql",
    ]],
    ["SQL that is none, at its place", { "1_a.up.sql": "SELECT 1\n--bun:split\n\nSELEC 2" }, [
      "syntax at 1_a.up.sql:4:1",
    ]],
  ];
  for (const [what, files, expected] of refused) {
    it(`refuses ${what}`, async () => {
      assert.deepEqual(
        codesAndPlaces(await defectsOf(files)),
        expected.map((one) => `definition/${one}`),
      );
    });
  }

  it("names all that is written in Go to programs, and counts it for people", async () => {
    const [defect] = await defectsOf(empty("1_a.up.sql", "2_b.up.go", "2_b_test.go", "3_c.go"));
    assert.match(defect!.message, /^app\/2_b\.up\.go and 1 more are migrations written in Go/);
    assert.match(defect!.hint!, /as SQL in app\/2_b\.up\.sql,/);
    assert.deepEqual(defect!.facts, { paths: ["app/2_b.up.go", "app/3_c.go"] });
  });
});

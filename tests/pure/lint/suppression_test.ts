import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lintText } from "../../support/lint.ts";

const codes = async (text: string) =>
  (await lintText(text)).map(({ code, line }) => `${line} ${code}`);

describe("a comment that silences a rule", () => {
  const TABLE = "DROP TABLE a;";
  const CASES: readonly (readonly [title: string, sql: string, found: readonly string[]])[] = [
    [
      "counts for the next statement",
      `-- migrator: lintIgnore: drop-table: why\n${TABLE}\nDROP TABLE b;`,
      ["3 drop-table"],
    ],
    [
      "counts for the statement before it on its line",
      `${TABLE} -- migrator: lintIgnore: drop-table: why\nDROP TABLE b;`,
      ["2 drop-table"],
    ],
    ["counts inside a statement", `DROP TABLE\n-- migrator: lintIgnore: drop-table: why\na;`, []],
    [
      "names several rules",
      `-- migrator: lintIgnore: drop-table, drop-cascade: why\nDROP TABLE a CASCADE;`,
      [],
    ],
    [
      "counts for the whole script",
      `-- migrator: lintIgnoreFile: drop-table: why\n${TABLE}\nDROP TABLE b;`,
      [],
    ],
    [
      "counts for what a DO block runs",
      `-- migrator: lintIgnore: drop-table: why\nDO $$ BEGIN DROP TABLE a; END $$;`,
      [],
    ],
    ["needs no second colon", `-- migrator: lintIgnore: drop-table nobody reads it\n${TABLE}`, []],
    ["is a finding without a reason", `-- migrator: lintIgnore: drop-table\n${TABLE}`, [
      "1 ignore-without-reason",
    ]],
    [
      "is a finding where it silences nothing",
      `-- migrator: lintIgnore: drop-column: why\n${TABLE}`,
      ["1 unused-ignore", "2 drop-table"],
    ],
    ["is none in a string", `SELECT '\n-- migrator: lintIgnore: drop-table: why\n';\n${TABLE}`, [
      "4 drop-table",
    ]],
  ];
  for (const [title, sql, found] of CASES) {
    test(title, async () => assert.deepEqual(await codes(sql), found));
  }
});

describe("what a DO block runs", () => {
  test("is found at its place, also by EXECUTE", async () => {
    const sql = "DO $$\nBEGIN\n  IF true THEN\n    ALTER TABLE a DROP COLUMN b;\n  END IF;\n" +
      "  EXECUTE format('DROP TABLE %I', 'c');\nEND $$;";
    assert.deepEqual(
      (await lintText(sql)).map(({ code, line, column }) => `${line}:${column} ${code}`),
      ["4:5 drop-column", "6:11 drop-table"],
    );
  });
});

describe("one release", () => {
  test("takes what its own migrations create for new", async () => {
    const { lintScripts } = await import("../../../src/lint/lint_scripts.ts");
    const { scriptOf } = await import("../../support/lint.ts");
    const scripts = [
      {
        script: await scriptOf("CREATE TABLE a (id bigint PRIMARY KEY, b text);", "1.sql"),
        isLinted: true,
      },
      { script: await scriptOf("CREATE INDEX i ON a (b);", "2.sql"), isLinted: true },
    ];
    const options = { oldest: 13, settings: new Map() };
    const found = (isOneRelease: boolean) =>
      lintScripts(scripts, { ...options, isOneRelease }).flat().map(({ code }) => code);
    assert.deepEqual(found(true), []);
    assert.deepEqual(found(false), ["index-not-concurrent"]);
  });
});
